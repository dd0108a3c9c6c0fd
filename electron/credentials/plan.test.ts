import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Binding,
  type CredentialRecord,
  type Ending,
  endless,
  releasesGit,
  stateOf,
  type Token,
  type Trouble,
} from './credential.ts';
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

/** An outside world that fails as told: what the plan asks for either works or is put off. */
class World {
  record: CredentialRecord;
  now = now;
  live = new Set<number>();
  /** Why nothing can be minted, where it can't. */
  reach: 'passing' | 'out-of-reach' = 'passing';

  constructor() {
    this.record = { binding: binding({ installed: false, touched: false, vaulted: false }), tokens: [] };
  }

  #bind(change: Partial<Binding>): void {
    this.record = { ...this.record, binding: { ...this.record.binding, ...change } };
  }

  #set(generation: number, change: Partial<Token>): void {
    this.record = {
      ...this.record,
      tokens: this.record.tokens.map((t) => (t.generation === generation ? { ...t, ...change } : t)),
    };
  }

  end(ending: Ending): void {
    if (this.record.binding.ending === null) this.#bind({ ending, trouble: null });
  }

  rotate(): void {
    const serving = this.record.tokens.find((t) => t.phase === 'serving');
    if (serving) this.#bind({ rotateGeneration: serving.generation });
  }

  /** How often the world was asked since time last passed. */
  asked = 0;

  perform(step: Step, works: boolean): void {
    const trouble: Trouble = { reason: 'no', retryAt: this.now + minute, attempts: 1 };
    const { trouble: before } = this.record.binding;
    const kept = before?.minting === undefined ? null : before;
    this.asked = step.do === 'wait' ? 0 : this.asked + 1;
    switch (step.do) {
      case 'wait':
        this.now = Math.max(this.now + 1, step.until);
        for (const t of this.record.tokens) if (t.expiresAt <= this.now) this.live.delete(t.generation);
        return;
      case 'nothing':
        return;
      case 'mint': {
        if (!works) return this.#bind({ trouble: { ...trouble, minting: this.reach } });
        const generation = (this.record.tokens.at(-1)?.generation ?? 0) + 1;
        this.live.add(generation);
        const minted = token({
          generation,
          phase: 'minted',
          stored: false,
          expiresAt: this.now + 60 * minute,
          renewAt: this.now + 50 * minute,
        });
        this.record = { binding: { ...this.record.binding, trouble: null }, tokens: [...this.record.tokens, minted] };
        return;
      }
      case 'store':
        if (!works) return this.#set(step.generation, { storeTrouble: trouble });
        this.#bind({ vaulted: true });
        for (const t of this.record.tokens) this.#set(t.generation, { stored: t.generation === step.generation });
        return this.#set(step.generation, { storeTrouble: null });
      case 'install':
        return this.#bind(works ? { installed: true, touched: true, trouble: kept } : { touched: true, trouble });
      case 'serve':
        for (const t of this.record.tokens)
          if (t.phase === 'serving') this.#set(t.generation, { phase: 'retired', revokeAfter: this.now });
        this.#set(step.generation, { phase: 'serving' });
        return this.#bind({ rotateGeneration: null });
      case 'sleep':
        return this.#bind({ rest: 'asleep' });
      case 'retire':
        return this.#set(step.generation, { phase: 'retired', revokeAfter: 0 });
      case 'revoke':
        if (!works) return this.#set(step.generation, { revokeTrouble: trouble });
        this.live.delete(step.generation);
        return this.#set(step.generation, { phase: 'dead', death: 'verified' });
      case 'expire':
        return this.#set(step.generation, { phase: 'dead', death: 'expired' });
      case 'unvault':
        return this.#bind(works ? { vaulted: false, trouble: null } : { trouble });
      case 'uninstall':
        return this.#bind(
          works ? { installed: false, touched: false, trouble: this.record.binding.ending === null ? kept : null } : { trouble },
        );
      default:
        return step satisfies never;
    }
  }

  /** Runs until the plan rests for good, or `steps` are done. */
  run(steps: number, works: () => boolean): void {
    for (let i = 0; i < steps; i += 1) this.perform(plan(this.record, this.now, defaultLifePolicy), works());
  }
}

const endings = fc.constantFrom<Ending>('archived', 'deleted', 'merged', 'closed', 'revoked-by-person', 'disconnected');

describe('whatever fails on the way', () => {
  it('an ended worktree keeps no live token and no vault entry, and a released one no settings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.nat(30),
        fc.boolean(),
        endings,
        (luck, before, rotates, ending) => {
          const world = new World();
          const fortune = luck[Symbol.iterator]();
          const works = () => fortune.next().value ?? true;
          world.run(before, works);
          if (rotates) world.rotate();
          world.run(before, works);
          world.end(ending);
          world.run(400, works);
          expect([...world.live]).toEqual([]);
          expect(world.record.binding.vaulted).toBe(false);
          expect(world.record.binding.touched && releasesGit[ending]).toBe(false);
          expect(stateOf(world.record, world.now)).toBe('revoked');
          expect(plan(world.record, world.now, defaultLifePolicy)).toEqual({ do: 'nothing' });
        },
      ),
    );
  });

  it('a wanted worktree always comes to serve exactly one live token, and a served one is never revoked first', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.array(fc.nat(20), { maxLength: 5 }), (luck, clicks) => {
        const world = new World();
        const fortune = luck[Symbol.iterator]();
        const works = () => fortune.next().value ?? true;
        for (const steps of clicks) {
          world.run(steps, works);
          world.rotate();
        }
        world.run(100, () => true);
        for (let i = 0; i < 50 && plan(world.record, world.now, defaultLifePolicy).do !== 'wait'; i += 1)
          world.run(1, () => true);
        const serving = world.record.tokens.filter((t) => t.phase === 'serving');
        expect(serving).toHaveLength(1);
        expect([...world.live]).toContain(serving[0]?.generation);
        expect(stateOf(world.record, world.now)).toBe('active');
      }),
    );
  });

  it('git without a credential is closed while that may pass, the person’s own where GitHub lets nobody in, and nothing is hurried', () => {
    const away = fc.array(
      fc.record({ reach: fc.constantFrom('passing', 'out-of-reach'), luck: fc.array(fc.boolean(), { maxLength: 6 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(away, (spells) => {
        const world = new World();
        for (const { reach, luck } of spells) {
          world.reach = reach;
          const fortune = luck[Symbol.iterator]();
          // GitHub gives nothing all the while; settings can be written or not.
          for (let i = 0; i < 40; i += 1) {
            const step = plan(world.record, world.now, defaultLifePolicy);
            world.perform(step, step.do === 'mint' ? false : (fortune.next().value ?? true));
            expect(world.asked).toBeLessThan(4);
          }
          while (plan(world.record, world.now, defaultLifePolicy).do !== 'wait')
            world.perform(
              plan(world.record, world.now, defaultLifePolicy),
              plan(world.record, world.now, defaultLifePolicy).do !== 'mint',
            );
          expect(world.record.binding.installed).toBe(reach === 'passing');
          expect(world.record.binding.touched).toBe(reach === 'passing');
        }
        world.run(40, () => true);
        expect(world.record.tokens.filter((t) => t.phase === 'serving')).toHaveLength(1);
        expect(world.record.binding.installed).toBe(true);
      }),
    );
  });

  it('never plans to revoke the token that serves', () => {
    const phases = fc.constantFrom<Token['phase']>('minting', 'minted', 'serving', 'retired', 'lost', 'dead');
    const tokens = fc.array(
      fc.record({ phase: phases, life: fc.integer({ min: -minute, max: 60 * minute }), stored: fc.boolean() }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(tokens, fc.boolean(), fc.boolean(), (drawn, installed, vaulted) => {
        const record: CredentialRecord = {
          binding: binding({ installed, vaulted }),
          tokens: drawn.map((t, i) => token({ generation: i + 1, phase: t.phase, stored: t.stored, expiresAt: now + t.life })),
        };
        const step = plan(record, now, defaultLifePolicy);
        if (step.do === 'revoke') expect(record.tokens.find((t) => t.generation === step.generation)?.phase).toBe('retired');
      }),
    );
  });
});
