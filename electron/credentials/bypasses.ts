import type { BypassView } from '../../shared/model.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Bypass } from '../git/bypass.ts';
import { bypassWords, environmentWords } from './bypass-words.ts';
import { type Binding, releasesGit } from './credential.ts';

export interface BypassesOptions {
  readonly webUrl: () => string;
  readonly audit: (entry: AuditInput) => void;
  readonly onChange: (worktreeId: string) => void;
}

/** What is known of the ways past the companion, for each worktree; looked for anew at each start, so nothing is stored. */
export class Bypasses {
  readonly #o: BypassesOptions;
  readonly #found = new Map<string, readonly BypassView[]>();
  #environment: readonly BypassView[] = [];

  constructor(options: BypassesOptions) {
    this.#o = options;
  }

  /** Takes what git's settings in a worktree show now; on record when that has changed for the worse. */
  found(binding: Binding, bypasses: readonly Bypass[]): void {
    const { worktreeId, subject, repository, path } = binding;
    const before = this.#found.get(worktreeId) ?? [];
    const now = bypasses.map((bypass) => bypassWords(bypass, { repository, path, webUrl: this.#o.webUrl() }));
    if (same(before, now)) return;
    this.#found.set(worktreeId, now);
    const fresh = now.filter((one) => !before.some((old) => same([old], [one])));
    if (fresh.length > 0)
      this.#o.audit({
        kind: 'credential.failed',
        actor: 'git',
        outcome: 'failed',
        worktreeId,
        subject,
        message: `git here can get past the companion. ${fresh.map(({ what }) => what).join(' ')}`,
      });
    this.#o.onChange(worktreeId);
  }

  /** Takes the names that stand in Jean's own environment, which every session inherits. */
  environment(names: readonly string[]): void {
    const now = names.map(environmentWords);
    if (same(this.#environment, now)) return;
    this.#environment = now;
    for (const worktreeId of this.#found.keys()) this.#o.onChange(worktreeId);
  }

  /** The ways past the companion in a worktree; none where git is not ours to watch. */
  of({ worktreeId, installed, ending }: Binding): readonly BypassView[] {
    if (!installed || (ending !== null && releasesGit[ending])) return [];
    return [...(this.#found.get(worktreeId) ?? []), ...this.#environment];
  }
}

const same = (one: readonly BypassView[], other: readonly BypassView[]): boolean => JSON.stringify(one) === JSON.stringify(other);
