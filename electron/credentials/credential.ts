import type { BypassView, CredentialState, CredentialView } from '../../shared/model.ts';
import type { SourceKind } from '../../shared/policy.ts';
import type { Place, VaultKind } from './place.ts';

/** A step that failed and when it is tried again (epoch ms). `attempts` counts tries since the last success. */
export interface Trouble {
  readonly reason: string;
  readonly retryAt: number;
  readonly attempts: number;
  /**
   * Where no token could be had: whether that may pass by itself (GitHub is away), or GitHub lets nobody in there until a person changes
   * that (the App is not installed). Left out for all other steps.
   */
  readonly minting?: 'passing' | 'out-of-reach' | undefined;
}

/** Why a worktree stopped needing its credential. `released` ends the config too; `kept` ends leave git failing closed. */
export type Ending =
  | 'archived'
  | 'deleted'
  | 'merged'
  | 'closed'
  | 'revoked-by-person'
  | 'disconnected'
  | 'switched-off'
  | 'released';

/** Whether the worktree's git goes back to the person's own set-up when the credential ends in this way. */
export const releasesGit: Record<Ending, boolean> = {
  archived: true,
  deleted: true,
  merged: false,
  closed: false,
  'revoked-by-person': false,
  disconnected: true,
  'switched-off': true,
  released: true,
};

/** The pull request's end that is overruled when the person makes the credential anew; any other end overrules none. */
export const overruledAfter = ({
  ending,
  endedBy,
  overruled,
  overruledPull,
}: Pick<Binding, 'ending' | 'endedBy' | 'overruled' | 'overruledPull'>): Pick<Binding, 'overruled' | 'overruledPull'> =>
  ending === 'merged' || ending === 'closed' ? { overruled: ending, overruledPull: endedBy } : { overruled, overruledPull };

/** Whether the person made the credential anew after this end of this pull request; another one ends it all the same. */
export const isOverruled = (
  binding: Pick<Binding, 'overruled' | 'overruledPull'> | undefined,
  state: Ending,
  pull: number,
): boolean => binding?.overruled === state && (binding.overruledPull === null || binding.overruledPull === pull);

/**
 * Whether what ended so begins anew by itself for a worktree that wants a credential; what a person or a merge ended does not. `reopened`:
 * GitHub itself said that its pull request, which was closed, is open.
 */
export const beginsAnew = (ending: Ending | null, reopened: boolean): boolean =>
  ending === 'archived' ||
  ending === 'deleted' ||
  ending === 'disconnected' ||
  ending === 'switched-off' ||
  (ending === 'closed' && reopened);

/** The tie between a worktree and its credential; it outlives each token. */
export interface Binding {
  readonly worktreeId: string;
  readonly projectId: string;
  /** "shop · checkout-flake": for audit and page, also after the worktree is gone. */
  readonly subject: string;
  readonly worktreeName: string;
  readonly path: string;
  /** The project's own work tree: its shared config is put back also after the worktree's folder is gone. */
  readonly projectPath: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly vaultKey: string;
  readonly vault: VaultKind;
  /** Ravi's identity uuid, or empty for a vault that has none. */
  readonly vaultIdentity: string;
  /** The vault holds an entry of ours under `vaultKey`. */
  readonly vaulted: boolean;
  /** Our config is in the worktree. */
  readonly installed: boolean;
  /** Something of it may be there: written before the first try to install, and until it is taken out. */
  readonly touched: boolean;
  /** Who commits there is in our config; false while GitHub could not be asked for that. */
  readonly authored: boolean;
  /** Null while the worktree wants a credential. */
  readonly ending: Ending | null;
  /**
   * Whether a live token is wanted now: `awake` yes; `unused` not before git asks for the first time; `asleep` it lapsed
   * because nobody used it, and the next use wakes it. git is ours in all three.
   */
  readonly rest: 'awake' | 'unused' | 'asleep';
  /** When it was last wanted: made, woken, or used. Epoch ms. */
  readonly wantedAt: number;
  /** The pull request that ended it; null where none did, or its number is not known. */
  readonly endedBy: number | null;
  /** The person made it anew after this end, so that the same pull request does not end it again. */
  readonly overruled: Ending | null;
  /** Which pull request that was; null: its number is not known. */
  readonly overruledPull: number | null;
  /** The person asked to replace this generation. */
  readonly rotateGeneration: number | null;
  /** What keeps mint, install, uninstall or unvault from being done. */
  readonly trouble: Trouble | null;
  /** Where its entry is to be moved; a copy may be there already. */
  readonly moveTo: Place | null;
  /** Where an entry of it may still be that is to be deleted. */
  readonly left: readonly Place[];
  /** What keeps its entry from being moved, or a former one from being deleted. */
  readonly moveTrouble: Trouble | null;
}

/**
 * One token's life. `minting`: intent written, GitHub not heard yet. `minted`: we hold it. `serving`: git gets it.
 * `retired`: to be revoked. `lost`: maybe issued while we died, value unknown, ends by itself. `dead`: verified or expired.
 */
export type TokenPhase = 'minting' | 'minted' | 'serving' | 'retired' | 'lost' | 'dead';

export interface Token {
  readonly worktreeId: string;
  readonly generation: number;
  readonly phase: TokenPhase;
  readonly fingerprint: string | null;
  readonly holder: string | null;
  readonly source: SourceKind;
  readonly permissions: Readonly<Record<string, string>>;
  readonly requestedAt: number;
  readonly issuedAt: number | null;
  /** For `minting` and `lost` the latest moment at which it could still live. */
  readonly expiresAt: number;
  readonly renewAt: number;
  readonly stored: boolean;
  /** Revoke not before then: a renewal leaves the old token to operations that already run with it. */
  readonly revokeAfter: number;
  /** `released`: taken away here, but not ours to kill: a token that the person shares with us. */
  readonly death: 'verified' | 'expired' | 'released' | null;
  readonly lastUsedAt: number | null;
  readonly storeTrouble: Trouble | null;
  readonly revokeTrouble: Trouble | null;
}

export interface CredentialRecord {
  readonly binding: Binding;
  /** Oldest first. */
  readonly tokens: readonly Token[];
}

/** The token that git gets now: the one that serves, else the newest one that we hold. */
export function currentToken(record: CredentialRecord): Token | undefined {
  return record.tokens.findLast((t) => t.phase === 'serving') ?? record.tokens.findLast((t) => t.phase === 'minted');
}

/** Whether a token was ever made for this worktree, so that its git has been the companion's. */
export const wasIssued = ({ tokens }: CredentialRecord): boolean =>
  // Of many dead ones the first are forgotten.
  tokens.some((t) => t.issuedAt !== null) || (tokens[0]?.generation ?? 1) > 1;

/** Whether an entry of it is, or may be, in a vault. */
const hasEntry = ({ vaulted, moveTo, left }: Binding): boolean => vaulted || moveTo !== null || left.length > 0;

/** Whether git there is kept closed because the first credential could not be made yet. */
export const isHeldBack = (record: CredentialRecord): boolean =>
  record.binding.ending === null && record.binding.trouble?.minting !== undefined && currentToken(record) === undefined;

/** The next generation number of this worktree's tokens. */
export const nextGeneration = (record: CredentialRecord): number => (record.tokens.at(-1)?.generation ?? 0) + 1;

const lostWords =
  ' GitHub’s answer to a request for a token got lost: one that nobody holds may be alive, and ends by itself within the hour.';

const endingWords: Record<Ending, string> = {
  archived: 'The worktree was archived.',
  deleted: 'The worktree was deleted.',
  merged: 'Its pull request was merged.',
  closed: 'Its pull request was closed.',
  'revoked-by-person': 'You revoked it.',
  disconnected: 'The GitHub App was disconnected.',
  'switched-off': 'Credentials were switched off for this project.',
  released: 'You released the worktree: git there is your own again.',
};

/** The state in the product's words, derived from binding and tokens; nothing stores it. */
export function stateOf(record: CredentialRecord, now: number): CredentialState {
  const { binding, tokens } = record;
  const alive = tokens.filter((t) => t.phase !== 'dead');
  if (binding.ending !== null) {
    if (alive.length === 0) return hasEntry(binding) ? 'revoking' : 'revoked';
    const waits = alive.every((t) => t.phase === 'lost' || (t.revokeTrouble !== null && t.revokeTrouble.retryAt > now));
    return waits ? 'unverified' : 'revoking';
  }
  if (binding.rest !== 'awake' && tokens.every((t) => t.phase === 'dead')) {
    if (binding.trouble !== null) return 'failed';
    return binding.rest === 'asleep' ? 'sleeping' : 'absent';
  }
  const serving = tokens.findLast((t) => t.phase === 'serving');
  const coming = tokens.findLast((t) => t.phase === 'minting' || t.phase === 'minted');
  if (serving) {
    if (binding.trouble !== null && serving.renewAt <= now) return 'failed';
    if (coming || binding.rotateGeneration === serving.generation) return 'rotating';
    return serving.renewAt <= now ? 'expiring' : 'active';
  }
  if (binding.trouble !== null) return 'failed';
  if (coming?.phase === 'minted') return coming.stored || coming.storeTrouble !== null ? 'installing' : 'storing';
  return 'minting';
}

/** Expiry of a token that has none, epoch ms. */
export const endless = 8.64e15;

/** What the page shows of a record: facts and words, never a value. */
export function viewOf(record: CredentialRecord, now: number, bypasses: readonly BypassView[] = []): CredentialView {
  const { binding } = record;
  const token = currentToken(record) ?? record.tokens.at(-1);
  const state = stateOf(record, now);
  const lastUsed = Math.max(0, ...record.tokens.map((t) => t.lastUsedAt ?? 0));
  const troubles = [
    binding.trouble,
    ...record.tokens.flatMap((t) => (t.phase === 'dead' ? [] : [t.storeTrouble, t.revokeTrouble])),
    binding.moveTrouble,
  ];
  const trouble = troubles.find((t) => t !== null) ?? null;
  return {
    worktreeId: binding.worktreeId,
    projectId: binding.projectId,
    worktreeName: binding.worktreeName,
    state,
    holder: token?.holder ?? null,
    repository: binding.repository,
    permissions: { ...token?.permissions },
    vault: binding.vault,
    vaultKey: binding.vaultKey,
    fingerprint: token?.fingerprint ?? null,
    issuedAt: token?.issuedAt ?? null,
    expiresAt: token?.issuedAt && token.expiresAt < endless ? token.expiresAt : null,
    // Only its owner can renew a shared token.
    renewAt: token?.issuedAt && token.renewAt < endless && token.source !== 'shared' ? token.renewAt : null,
    source: token?.source ?? 'app',
    shared: token !== undefined && token.source !== 'app',
    lastUsedAt: lastUsed > 0 ? lastUsed : null,
    reason: reasonOf(record, trouble),
    retryAt: trouble?.retryAt ?? null,
    managed: binding.installed,
    bypasses: [...bypasses],
  };
}

/** Why it ended, or what is in the way: where git is not ours yet, that it still acts as the person; where the token is dead already, that too. */
function reasonOf(record: CredentialRecord, trouble: Trouble | null): string | null {
  const { binding, tokens } = record;
  const { ending, installed, touched } = binding;
  if (trouble === null)
    return ending === null ? null : endingWords[ending] + (tokens.some((t) => t.phase === 'lost') ? lostWords : '');
  if (ending === null) {
    if (!installed) return `${trouble.reason} Until then git here acts as you.`;
    return currentToken(record) === undefined ? `${trouble.reason} Until then git here is refused.` : trouble.reason;
  }
  const onlyVault = !(touched && releasesGit[ending]) && hasEntry(binding) && tokens.every((t) => t.phase === 'dead');
  return onlyVault ? `It is dead at GitHub; only the vault still has its entry. ${trouble.reason}` : trouble.reason;
}

/** What git's person reads when the broker has nothing for this worktree. */
export function refusalSentence(record: CredentialRecord): string {
  const { binding } = record;
  const gone = (record.tokens.at(-1)?.source ?? 'app') === 'app' ? 'is revoked' : 'was taken away here';
  if (binding.ending !== null)
    return `${endingWords[binding.ending]} Its GitHub credential ${gone}; open Jean Ravi Companion to make a new one.`;
  if (binding.trouble === null)
    return `No GitHub credential for ${binding.subject}. The credential is still being made; try again in a moment.`;
  return `Jean Ravi Companion has no GitHub credential for ${binding.subject} now. ${binding.trouble.reason} It goes on trying.`;
}

/** How long the record of an ended credential is shown, ms; the audit log keeps its story. */
const historyMs = 30 * 24 * 60 * 60_000;

/** Whether nothing is left outside of a credential that ended long ago. */
export function isHistory({ binding, tokens }: CredentialRecord, now: number): boolean {
  if (binding.ending === null || binding.installed || hasEntry(binding)) return false;
  return tokens.every((t) => t.phase === 'dead' && t.expiresAt < now - historyMs);
}
