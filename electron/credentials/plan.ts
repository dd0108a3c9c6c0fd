import { type Binding, type CredentialRecord, endless, releasesGit, type Token, type Trouble, wasIssued } from './credential.ts';
import type { Place } from './place.ts';
import type { LifePolicy } from './policy.ts';

/** The next thing to do for one worktree's credential. Each is durable before it is tried and after it is done. */
export type Step =
  | { readonly do: 'mint' }
  | { readonly do: 'store'; readonly generation: number }
  | { readonly do: 'install' }
  | { readonly do: 'serve'; readonly generation: number }
  | { readonly do: 'retire'; readonly generation: number }
  | { readonly do: 'sleep' }
  | { readonly do: 'revoke'; readonly generation: number }
  | { readonly do: 'expire'; readonly generation: number }
  | { readonly do: 'unvault' }
  | { readonly do: 'move' }
  | { readonly do: 'clear'; readonly place: Place }
  | { readonly do: 'uninstall' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'nothing' };

const waitsUntil = (trouble: Trouble | null, now: number): number | null =>
  trouble !== null && trouble.retryAt > now ? trouble.retryAt : null;

/**
 * git is never given a token that ends sooner, ms: it must outlive the operation that asks for it, and older gits don't look at its end
 * themselves (contract github §4.3). Where renewing fails, the old one stays alive to its end, for what runs with it already.
 */
export const minimumLifeMs = 5 * 60_000;

/** When GitHub is asked for the time again, ms. */
const timeAskedMs = 60_000;

/**
 * Decides the next step from the record and the clock alone. Killing what is not wanted comes before making what is;
 * the old token is retired only after the new one serves. While it is not `sure` that `now` is right, no token of the App counts as
 * expired: it might live on, and nobody would kill it.
 */
export function plan(record: CredentialRecord, now: number, policy: LifePolicy, sure = true): Step {
  const { binding, tokens } = record;
  const wakeUps: number[] = [];
  const wait = (until: number): void => {
    wakeUps.push(until);
  };

  const dying = planDying(record, now, sure, wait);
  if (dying) return dying;

  const blocked = waitsUntil(binding.trouble, now);
  if (binding.ending !== null) {
    // A lost token is not in the vault, and nothing there helps to revoke it.
    const alive = tokens.some((t) => t.phase !== 'dead' && t.phase !== 'lost');
    const left: Step[] = [
      ...(binding.touched && releasesGit[binding.ending] ? [{ do: 'uninstall' } as const] : []),
      ...(binding.vaulted && !alive ? [{ do: 'unvault' } as const] : []),
    ];
    // In turn after each failure: neither waits for the other until a vault, or a folder, is there again.
    const next = left[(binding.trouble?.attempts ?? 0) % left.length];
    if (next && blocked === null) return next;
    if (next && blocked !== null) wait(blocked);
    return planMoving(binding, now, wait) ?? rest(wakeUps);
  }

  const making =
    binding.rest === 'awake' ? planMaking(record, now, blocked, policy, wait) : planResting(record, now, blocked, wait);
  return making ?? planMoving(binding, now, wait) ?? rest(wakeUps);
}

/** An entry that is to lie elsewhere, and those that were left behind. In turn after each failure: one vault's outage holds up no other. */
function planMoving({ moveTo, left, moveTrouble }: Binding, now: number, wait: (until: number) => void): Step | null {
  const steps: Step[] = [
    ...(moveTo === null ? [] : [{ do: 'move' } as const]),
    ...left.map((place) => ({ do: 'clear', place }) as const),
  ];
  const next = steps[(moveTrouble?.attempts ?? 0) % steps.length];
  if (next === undefined) return null;
  const until = waitsUntil(moveTrouble, now);
  if (until === null) return next;
  wait(until);
  return null;
}

/**
 * What changes when git asks and there is nothing good to give: what waited for its first use, or slept, is wanted now; and one that
 * nobody used for long must not go to sleep because it has to be renewed for this very use. Null: nothing.
 */
export function wokenByUse({ ending, rest, wantedAt, trouble }: Binding, now: number): Partial<Binding> | null {
  if (ending !== null || (rest === 'awake' && now - wantedAt <= wantedForMs)) return null;
  return { rest: 'awake', wantedAt: now, trouble: rest === 'awake' ? trouble : null };
}

/** A use within this time of the last one changes nothing, ms: a step that waits for its turn is not begun anew by each. */
const wantedForMs = 60_000;

function rest(wakeUps: readonly number[]): Step {
  return wakeUps.length > 0 ? { do: 'wait', until: Math.min(...wakeUps) } : { do: 'nothing' };
}

function planDying(record: CredentialRecord, now: number, sure: boolean, wait: (until: number) => void): Step | null {
  for (const token of record.tokens) {
    if (token.phase === 'dead') continue;
    const over = token.expiresAt <= now && token.phase !== 'minting';
    if (over && (sure || token.source !== 'app')) return { do: 'expire', generation: token.generation };
    const wanted = record.binding.ending === null && record.binding.rest === 'awake';
    const unwanted = !wanted && (token.phase === 'minted' || token.phase === 'serving');
    if (unwanted) return { do: 'retire', generation: token.generation };
    if (token.phase === 'lost') wait(over ? now + timeAskedMs : token.expiresAt);
    if (token.phase !== 'retired') continue;
    // The grace after a renewal is for git that goes on; where the credential ends, all of it ends.
    const due = Math.max(wanted ? token.revokeAfter : 0, waitsUntil(token.revokeTrouble, now) ?? 0);
    if (due <= now) return { do: 'revoke', generation: token.generation };
    wait(over ? due : Math.min(due, token.expiresAt));
  }
  return null;
}

/** Without a live token, but git asks here all the same: the next use wakes it. */
function planResting(
  { binding, tokens }: CredentialRecord,
  now: number,
  blocked: number | null,
  wait: (until: number) => void,
): Step | null {
  const alive = tokens.some((t) => t.phase !== 'dead' && t.phase !== 'lost');
  const left: Step | null = binding.vaulted && !alive ? { do: 'unvault' } : binding.installed ? null : { do: 'install' };
  if (left === null) return null;
  if (blocked === null) return left;
  wait(Math.max(blocked, now + 1));
  return null;
}

function planMaking(
  record: CredentialRecord,
  now: number,
  blocked: number | null,
  policy: LifePolicy,
  wait: (until: number) => void,
): Step | null {
  const { binding, tokens } = record;
  const serving = tokens.findLast((t) => t.phase === 'serving');
  const candidate = tokens.findLast((t) => t.phase === 'minted');

  const newest = candidate ?? serving;
  const storing = newest && planStoring(newest, now, wait);
  if (storing) return storing;
  if (blocked !== null) {
    const git = planGitWithoutToken(record);
    if (git) return git;
    wait(blocked);
    if (serving && serving.expiresAt > now) wait(serving.expiresAt);
    return null;
  }
  if (candidate) return binding.installed ? { do: 'serve', generation: candidate.generation } : { do: 'install' };
  const idle = isIdle(record, now, policy);
  // It expired while this machine slept.
  if (!serving) return idle && wasIssued(record) ? { do: 'sleep' } : { do: 'mint' };
  if (!binding.installed) return { do: 'install' };
  if (binding.rotateGeneration === serving.generation) return { do: 'mint' };
  if (serving.renewAt <= now || serving.expiresAt - now < minimumLifeMs) return idle ? { do: 'sleep' } : { do: 'mint' };
  if (serving.renewAt < endless) wait(serving.renewAt);
  return null;
}

/** Nobody has used it, nor wanted it, for as long as the policy allows. */
function isIdle({ binding, tokens }: CredentialRecord, now: number, { lapseAfterMs }: LifePolicy): boolean {
  const since = Math.max(binding.wantedAt, ...tokens.map((token) => token.lastUsedAt ?? 0));
  return lapseAfterMs !== null && now - since >= lapseAfterMs;
}

/**
 * No token can be had now. Where that may pass, git is taken over all the same: it must not act as the person meanwhile, without a word.
 * Where GitHub lets nobody in, git that has never been the companion's is the person's own.
 */
function planGitWithoutToken(record: CredentialRecord): Step | null {
  const { installed, touched, trouble } = record.binding;
  if (trouble?.minting === 'passing' && !installed) return { do: 'install' };
  if (trouble?.minting === 'out-of-reach' && touched && !wasIssued(record)) return { do: 'uninstall' };
  return null;
}

/** The vault has one entry a worktree: the newest token's. A vault that can't be reached must not keep git from working: the step is due again later, and the rest goes on. */
function planStoring(token: Token, now: number, wait: (until: number) => void): Step | null {
  if (token.stored) return null;
  const until = waitsUntil(token.storeTrouble, now);
  if (until === null) return { do: 'store', generation: token.generation };
  wait(until);
  return null;
}
