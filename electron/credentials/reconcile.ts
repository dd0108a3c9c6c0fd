import { type CredentialRecord, releasesGit } from './credential.ts';
import { placesOf } from './place.ts';

/** What was found outside, in one look. */
export interface Facts {
  /** As they were when the look began, and when it was over: what changed meanwhile was seen half, and says nothing. */
  readonly recordsBefore: readonly CredentialRecord[];
  readonly records: readonly CredentialRecord[];
  /** Entries of the vault in use, by name; null when it could not be read. What is not `ours` is never touched. */
  readonly vaultEntries: readonly { readonly key: string; readonly note: string; readonly ours: boolean }[] | null;
  /** Identity of that vault, to tell whose entries should be in it. */
  readonly vaultIdentity: string;
  /** Worktrees of the projects that Jean shows, with what of ours is in their git config. */
  readonly configs: readonly {
    readonly path: string;
    readonly state: 'absent' | 'installed' | 'altered';
    readonly worktreeId: string | null;
  }[];
  /** Worktrees whose socket was deleted or replaced behind our back. */
  readonly brokenDoors: readonly string[];
}

/** Something that is not as the records say. The first three are mended at once; the last two are the person's to decide. */
export type Finding =
  | { readonly kind: 'config-lost'; readonly worktreeId: string; readonly subject: string }
  | { readonly kind: 'door-lost'; readonly worktreeId: string; readonly subject: string }
  | { readonly kind: 'entry-lost'; readonly worktreeId: string; readonly subject: string }
  | { readonly kind: 'entry-left'; readonly key: string; readonly note: string }
  | { readonly kind: 'config-left'; readonly path: string };

/** Compares what should be with what is. Only what carries our mark is ever counted as left over. */
export function reconcile(facts: Facts): readonly Finding[] {
  const before = new Set(facts.recordsBefore.map(({ binding }) => binding));
  const still = { ...facts, records: facts.records.filter(({ binding }) => before.has(binding)) };
  const either = { ...facts, records: [...facts.recordsBefore, ...facts.records] };
  return [...lostConfigs(still), ...lostDoors(still), ...lostEntries(still), ...leftEntries(either), ...leftConfigs(either)];
}

/** Whether git in the worktree is to stay ours. */
export const keepsGit = ({ binding }: CredentialRecord): boolean => binding.ending === null || !releasesGit[binding.ending];

function lostConfigs({ records, configs }: Facts): Finding[] {
  const byPath = new Map(configs.map((config) => [config.path, config]));
  return records.flatMap((record): Finding[] => {
    const { worktreeId, subject, path, installed } = record.binding;
    const there = byPath.get(path);
    const lost =
      installed && keepsGit(record) && there !== undefined && (there.state !== 'installed' || there.worktreeId !== worktreeId);
    return lost ? [{ kind: 'config-lost', worktreeId, subject }] : [];
  });
}

function lostDoors({ records, brokenDoors }: Facts): Finding[] {
  return records.flatMap(({ binding: { worktreeId, subject } }): Finding[] =>
    brokenDoors.includes(worktreeId) ? [{ kind: 'door-lost', worktreeId, subject }] : [],
  );
}

function lostEntries({ records, vaultEntries, vaultIdentity }: Facts): Finding[] {
  if (vaultEntries === null) return [];
  const keys = new Set(vaultEntries.filter(({ ours }) => ours).map(({ key }) => key));
  return records.flatMap(({ binding, tokens }): Finding[] => {
    const { worktreeId, subject, vaulted, vault, vaultKey } = binding;
    const expected =
      binding.ending === null &&
      vaulted &&
      vault === 'ravi' &&
      binding.vaultIdentity === vaultIdentity &&
      tokens.some((t) => t.stored);
    return expected && !keys.has(vaultKey) ? [{ kind: 'entry-lost', worktreeId, subject }] : [];
  });
}

function leftEntries({ records, vaultEntries }: Facts): Finding[] {
  const known = new Set(records.flatMap((r) => placesOf(r.binding).map(({ key }) => key)));
  return (vaultEntries ?? []).flatMap(({ key, note, ours }): Finding[] =>
    ours && !known.has(key) ? [{ kind: 'entry-left', key, note }] : [],
  );
}

function leftConfigs({ records, configs }: Facts): Finding[] {
  const ours = new Set(records.filter((r) => r.binding.installed || r.binding.ending === null).map((r) => r.binding.path));
  return configs.flatMap(({ path, state }): Finding[] =>
    state !== 'absent' && !ours.has(path) ? [{ kind: 'config-left', path }] : [],
  );
}
