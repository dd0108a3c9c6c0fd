import { realpath } from 'node:fs/promises';
import type { LeftoverView } from '../../shared/model.ts';
import type { AuditInput } from '../audit/log.ts';
import type { WorktreeConfig } from '../git/worktree-config.ts';
import { linkedWorktrees } from '../git/worktree-place.ts';
import type { Broker } from './broker.ts';
import type { Bypasses } from './bypasses.ts';
import { type Facts, type Finding, keepsGit, reconcile } from './reconcile.ts';
import type { CredentialRecords } from './records.ts';
import type { WorktreeGit } from './steps.ts';
import { madeFor, type VaultMark } from './vault-mark.ts';

/** A vault whose entries can be listed by name; their values are dropped at once. */
export interface ListedVault {
  readonly identity: string;
  entries(): Promise<readonly { readonly key: string; readonly note: string }[]>;
  remove(key: string): Promise<void>;
}

export interface ReconcilerOptions {
  readonly records: CredentialRecords;
  /** Null while no vault but the local one is in use: its entries are in the secret box, which is swept at the start. */
  readonly vault: () => ListedVault | null;
  readonly mark: Pick<VaultMark, 'isOurs' | 'isOfWorktree'>;
  /** Folders of the projects that Jean shows. */
  readonly projects: () => readonly string[];
  readonly config: Pick<WorktreeConfig, 'inspect' | 'remove'>;
  readonly git: WorktreeGit;
  readonly broker: Pick<Broker, 'broken' | 'reopen'>;
  readonly bypasses: Bypasses;
  /** Names in Jean's own environment that lead past us, where they can be seen. */
  readonly environment: () => Promise<readonly string[]>;
  /** A plan is to be looked at again. */
  readonly kick: (worktreeId: string) => void;
  readonly onLeftovers: (leftovers: readonly LeftoverView[]) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
}

const everyMs = 15 * 60_000;

/** Looks every 15 minutes whether Jean's worktrees, our records, the vault, git's config and the sockets agree; mends what is ours, lists what is left over. */
export class Reconciler {
  readonly #o: ReconcilerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #left: readonly Finding[] = [];
  #stopped = false;

  constructor(options: ReconcilerOptions) {
    this.#o = options;
  }

  /** Looks now, and from now on every 15 minutes. */
  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.run(), everyMs);
    void this.run();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped = true;
    await this.#running;
  }

  /** One look that begins after this call: while one is under way, all callers wait for the one after it. Never rejects. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Looks at one worktree as anew: a remote that came since is taken into account too. Throws when its git can't be written. */
  async look(worktreeId: string): Promise<void> {
    const record = this.#o.records.get(worktreeId);
    if (record?.binding.installed && keepsGit(record)) await this.#o.git.install(record.binding);
    await this.run();
  }

  #begin(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#running = this.#look()
      .catch((error: unknown) => this.#o.log(`Reconciliation failed: ${String(error)}`))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Removes what is left over, with the person's consent. Throws when it can't be, or is not left over any more. */
  async clean(id: string): Promise<void> {
    const finding = this.#left.find((left) => leftover(left)?.id === id);
    if (!finding) throw new Error('That is not there any more.');
    if (finding.kind === 'config-left') {
      // Found a while ago: since then it may have become a worktree with a credential.
      const inUse = this.#o.records.all().some((r) => r.binding.path === finding.path && keepsGit(r));
      if (inUse) throw new Error('That is not left over any more: the worktree has a credential now.');
      await this.#o.config.remove(finding.path);
      this.#note(`The companion’s settings were taken out of ${finding.path}.`, 'person');
    } else if (finding.kind === 'entry-left') {
      await this.#removeEntry(finding.key);
      this.#note(`${finding.key}, which belonged to no worktree, was deleted from the vault.`, 'person');
    }
    await this.run();
  }

  /** Looks at the note once more: in the meantime the key may have become somebody else's. */
  async #removeEntry(key: string): Promise<void> {
    const vault = this.#o.vault();
    const entry = (await vault?.entries())?.find((each) => each.key === key);
    if (entry && this.#o.mark.isOurs(entry.note)) await vault?.remove(key);
  }

  async #look(): Promise<void> {
    const findings = reconcile(await this.#facts());
    for (const finding of findings) await this.#mend(finding);
    this.#left = findings.filter((finding) => leftover(finding) !== null);
    this.#o.onLeftovers(this.#left.flatMap((finding) => leftover(finding) ?? []));
  }

  async #facts(): Promise<Facts> {
    const recordsBefore = this.#o.records.all();
    const vault = this.#o.vault();
    const entries = (await vault?.entries().catch(() => null)) ?? null;
    const vaultEntries = entries?.map((entry) => ({ ...entry, ours: this.#o.mark.isOfWorktree(entry.note) })) ?? null;
    const configs: Facts['configs'][number][] = [];
    const written = await this.#writtenPaths();
    for (const project of this.#o.projects()) {
      // The project's own work tree too: the person may have asked for it.
      for (const found of new Set([project, ...(await linkedWorktrees(project))])) {
        const path = written.get(await realPathOf(found)) ?? found;
        const config = await this.#o.config.inspect(path);
        const record = this.#o.records.all().find(({ binding }) => binding.path === path && binding.installed);
        if (record && config.state !== 'absent') this.#o.bypasses.found(record.binding, config.bypasses);
        configs.push({ path, state: config.state, worktreeId: config.state === 'absent' ? null : config.worktreeId });
      }
    }
    this.#o.bypasses.environment(await this.#o.environment());
    const brokenDoors = await this.#o.broker.broken();
    return {
      recordsBefore,
      records: this.#o.records.all(),
      vaultEntries,
      vaultIdentity: vault?.identity ?? '',
      configs,
      brokenDoors,
    };
  }

  /** How the records write each folder, by its real path: git lists real ones, and Jean's may lead over a link. */
  async #writtenPaths(): Promise<ReadonlyMap<string, string>> {
    const paths = this.#o.records.all().map(({ binding }) => binding.path);
    return new Map(await Promise.all(paths.map(async (path) => [await realPathOf(path), path] as const)));
  }

  async #mend(finding: Finding): Promise<void> {
    if (!('worktreeId' in finding)) return;
    const record = this.#o.records.get(finding.worktreeId);
    if (!record) return;
    try {
      switch (finding.kind) {
        case 'config-lost':
          await this.#o.git.install(record.binding);
          return this.#note(
            `Our settings in the git of ${finding.subject} were changed by somebody; they were put back.`,
            'companion',
            finding.worktreeId,
          );
        case 'door-lost':
          await this.#o.broker.reopen(record.binding);
          return this.#note(`The socket of ${finding.subject} was gone; it was opened again.`, 'companion', finding.worktreeId);
        case 'entry-lost':
          this.#o.records.unstore(finding.worktreeId);
          this.#o.kick(finding.worktreeId);
          return this.#note(
            `The vault’s entry of ${finding.subject} was gone; it is stored again.`,
            'companion',
            finding.worktreeId,
          );
        default:
          return finding satisfies never;
      }
    } catch (error) {
      this.#o.log(`${finding.kind} of ${finding.subject} could not be mended: ${String(error)}`);
    }
  }

  #note(message: string, actor: AuditInput['actor'], worktreeId: string | null = null): void {
    this.#o.audit({ kind: 'credential.reconciled', actor, outcome: 'ok', worktreeId, message });
  }
}

/** Itself where there is nothing. */
const realPathOf = (path: string): Promise<string> => realpath(path).catch(() => path);

/** What the person sees of a finding that is theirs to decide; null for the others. */
function leftover(finding: Finding): LeftoverView | null {
  switch (finding.kind) {
    case 'entry-left':
      return {
        id: `entry:${finding.key}`,
        kind: 'vault-entry',
        title: finding.key,
        detail: `It lies in the vault under the companion’s mark, but belongs to no worktree. Made for: ${madeFor(finding.note)}.`,
      };
    case 'config-left':
      return {
        id: `config:${finding.path}`,
        kind: 'git-config',
        title: finding.path,
        detail:
          'git here has the companion’s settings, but the companion knows nothing of it: git finds no credential and fails.',
      };
    case 'config-lost':
    case 'door-lost':
    case 'entry-lost':
      return null;
    default:
      return finding satisfies never;
  }
}
