import { describe, expect, it } from 'vitest';
import { type Binding, endless, type Token, type Trouble } from './credential.ts';
import { plan, type Step } from './plan.ts';
import { defaultLifePolicy } from './policy.ts';
import { binding, token as issued, minute, start as now } from './test-record.ts';

/** Issued a minute ago, and due for renewal in 50. */
const token = (over: Partial<Token> = {}): Token =>
  issued({
    requestedAt: now - minute,
    issuedAt: now - minute,
    expiresAt: now + 59 * minute,
    renewAt: now + 50 * minute,
    ...over,
  });

const later = (ms: number): Trouble => ({ reason: 'GitHub can’t be reached.', retryAt: now + ms, attempts: 1 });

describe('the plan of one credential', () => {
  it.each<[string, Partial<Binding>, readonly Token[], Step]>([
    ['mints for a new worktree', { installed: false, vaulted: false }, [], { do: 'mint' }],
    ['stores what was minted', { installed: false }, [token({ phase: 'minted', stored: false })], { do: 'store', generation: 1 }],
    ['installs after storing', { installed: false }, [token({ phase: 'minted' })], { do: 'install' }],
    ['serves after installing', {}, [token({ phase: 'minted' })], { do: 'serve', generation: 1 }],
    ['rests until the renewal is due', {}, [token()], { do: 'wait', until: now + 50 * minute }],
    ['mints anew when the renewal is due', {}, [token({ renewAt: now })], { do: 'mint' }],
    ['mints anew when the person asks', { rotateGeneration: 1 }, [token()], { do: 'mint' }],
    [
      'does not rotate twice for one click',
      { rotateGeneration: 1 },
      [token({ generation: 2 })],
      { do: 'wait', until: now + 50 * minute },
    ],
    [
      'serves the new one before it touches the old one',
      { rotateGeneration: 1 },
      [token(), token({ generation: 2, phase: 'minted' })],
      { do: 'serve', generation: 2 },
    ],
    ['revokes what was replaced', {}, [token({ phase: 'retired' }), token({ generation: 2 })], { do: 'revoke', generation: 1 }],
    [
      'leaves a replaced one its grace',
      {},
      [token({ phase: 'retired', revokeAfter: now + minute }), token({ generation: 2 })],
      { do: 'wait', until: now + minute },
    ],
    [
      'gives a replaced one no grace where all of it ends',
      { ending: 'revoked-by-person' },
      [token({ phase: 'retired', revokeAfter: now + minute }), token({ generation: 2, phase: 'retired' })],
      { do: 'revoke', generation: 1 },
    ],
    [
      'counts an expired one as dead',
      {},
      [token({ phase: 'retired', expiresAt: now, revokeTrouble: later(minute) })],
      { do: 'expire', generation: 1 },
    ],
    [
      'waits for the end of one that may have been issued',
      { ending: 'merged', vaulted: false },
      [token({ phase: 'lost', expiresAt: now + minute })],
      { do: 'wait', until: now + minute },
    ],
    [
      'keeps git working while the vault is away',
      {},
      [token({ phase: 'minted', stored: false, storeTrouble: later(minute) })],
      { do: 'serve', generation: 1 },
    ],
    [
      'stores later what the vault did not take',
      {},
      [token({ stored: false, storeTrouble: later(minute) })],
      { do: 'wait', until: now + minute },
    ],
    ['waits after a failed mint', { trouble: later(minute) }, [], { do: 'wait', until: now + minute }],
    [
      'takes git over while GitHub is away: it must not act as the person meanwhile',
      { installed: false, touched: false, vaulted: false, trouble: { ...later(minute), minting: 'passing' } },
      [],
      { do: 'install' },
    ],
    [
      'waits once git is closed',
      { vaulted: false, trouble: { ...later(minute), minting: 'passing' } },
      [],
      { do: 'wait', until: now + minute },
    ],
    [
      'asks GitHub again when that is due, also where git could not be closed',
      { installed: false, vaulted: false, trouble: { ...later(0), minting: 'passing' } },
      [],
      { do: 'mint' },
    ],
    [
      'waits after git could not be closed',
      { installed: false, vaulted: false, trouble: later(minute) },
      [],
      { do: 'wait', until: now + minute },
    ],
    [
      'leaves git alone where the App is not installed',
      { installed: false, touched: false, vaulted: false, trouble: { ...later(minute), minting: 'out-of-reach' } },
      [],
      { do: 'wait', until: now + minute },
    ],
    [
      'gives git back when it turns out that the App is not installed there',
      { vaulted: false, trouble: { ...later(minute), minting: 'out-of-reach' } },
      [],
      { do: 'uninstall' },
    ],
    [
      'keeps git closed where there was a credential before the App lost its reach',
      { vaulted: false, trouble: { ...later(minute), minting: 'out-of-reach' } },
      [token({ phase: 'dead' })],
      { do: 'wait', until: now + minute },
    ],
    ['retires what an ended worktree had', { ending: 'merged' }, [token()], { do: 'retire', generation: 1 }],
    ['revokes before it empties the vault', { ending: 'merged' }, [token({ phase: 'retired' })], { do: 'revoke', generation: 1 }],
    ['takes settings out that may be half in', { ending: 'archived', vaulted: false, installed: false }, [], { do: 'uninstall' }],
    [
      'gives git back before it empties the vault, which may be away',
      { ending: 'released' },
      [token({ phase: 'dead' })],
      { do: 'uninstall' },
    ],
    [
      'empties the vault when giving git back has failed, and the other way round',
      { ending: 'released', trouble: { reason: '', retryAt: now, attempts: 1 } },
      [token({ phase: 'dead' })],
      { do: 'unvault' },
    ],
    [
      'empties the vault also while a lost token may live on',
      { ending: 'merged' },
      [token({ phase: 'lost' })],
      { do: 'unvault' },
    ],
    ['empties the vault once all is dead', { ending: 'merged' }, [token({ phase: 'dead' })], { do: 'unvault' }],
    [
      'leaves git failing closed after a merge',
      { ending: 'merged', vaulted: false },
      [token({ phase: 'dead' })],
      { do: 'nothing' },
    ],
    [
      'takes its settings out of an archived worktree',
      { ending: 'archived', vaulted: false },
      [token({ phase: 'dead' })],
      { do: 'uninstall' },
    ],
    ['makes nothing before the first use', { rest: 'unused', vaulted: false }, [], { do: 'nothing' }],
    [
      'but has git ask, so that it is told of the first use',
      { rest: 'unused', installed: false, vaulted: false },
      [],
      { do: 'install' },
    ],
    ['retires what a sleeping worktree had', { rest: 'asleep' }, [token()], { do: 'retire', generation: 1 }],
    [
      'does nothing when nothing is left',
      { ending: 'deleted', vaulted: false, installed: false, touched: false },
      [token({ phase: 'dead' })],
      { do: 'nothing' },
    ],
  ])('%s', (_name, over, tokens, step) => {
    expect(plan({ binding: binding(over), tokens }, now, defaultLifePolicy)).toEqual(step);
  });
});

describe('an idle credential', () => {
  const hour = 60 * minute;
  const policy = { mintAt: 'creation', lapseAfterMs: 8 * hour } as const;

  it.each<[string, Partial<Binding>, Partial<Token>, Step]>([
    [
      'is renewed while it was used lately',
      { wantedAt: now - 9 * hour },
      { renewAt: now, lastUsedAt: now - hour },
      { do: 'mint' },
    ],
    ['is renewed while it is young', { wantedAt: now - hour }, { renewAt: now }, { do: 'mint' }],
    [
      'falls asleep instead of being renewed',
      { wantedAt: now - 9 * hour },
      { renewAt: now, lastUsedAt: now - 8 * hour },
      { do: 'sleep' },
    ],
    [
      'is rotated all the same when the person asks',
      { wantedAt: now - 9 * hour, rotateGeneration: 1 },
      { renewAt: now },
      { do: 'mint' },
    ],
  ])('%s', (_name, over, ofToken, step) => {
    expect(plan({ binding: binding(over), tokens: [token(ofToken)] }, now, policy)).toEqual(step);
  });

  it.each<[string, Partial<Binding>, readonly Token[], Step]>([
    [
      'that expired while this machine slept goes to sleep',
      { wantedAt: now - 9 * hour },
      [token({ phase: 'dead' })],
      { do: 'sleep' },
    ],
    [
      'that expired, but was used not long before, is made anew',
      { wantedAt: now - 9 * hour },
      [token({ phase: 'dead', lastUsedAt: now - 7 * hour })],
      { do: 'mint' },
    ],
    ['that was never made is still made, however late', { wantedAt: now - 9 * hour }, [], { do: 'mint' }],
  ])('%s', (_name, over, tokens, step) => {
    expect(plan({ binding: binding(over), tokens }, now, policy)).toEqual(step);
  });

  it('without an end is never renewed', () => {
    expect(
      plan({ binding: binding(), tokens: [token({ expiresAt: endless, renewAt: endless })] }, now, defaultLifePolicy),
    ).toEqual({
      do: 'nothing',
    });
  });
});
