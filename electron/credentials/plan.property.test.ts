import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Binding,
  type CredentialRecord,
  type Ending,
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
