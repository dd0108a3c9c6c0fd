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
import {
  entryForsaken,
  entryIntended,
  moveArrived,
  moveGivenUp,
  type Place,
  placeOf,
  sameVault,
  type VaultName,
  without,
} from './place.ts';
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

const vaults = [
  { vault: 'ravi', identity: 'i' },
  { vault: 'local', identity: '' },
  { vault: 'ravi', identity: 'other' },
] as const satisfies readonly VaultName[];
const where = ({ vault, identity, key }: Place): string => `${vault} ${identity} ${key}`;

/** An outside world that fails as told: what the plan asks for either works or is put off. */
class World {
  record: CredentialRecord;
  now = now;
  live = new Set<number>();
  /** Where entries lie. */
  entries = new Set<string>();
  inUse: VaultName = vaults[0];
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
    if (this.record.binding.ending === null) this.#bind({ ending, trouble: null, ...moveGivenUp(this.record.binding) });
  }

  /** The person wants the entry in another vault. */
  move(to: VaultName): void {
    const { binding: now } = this.record;
    this.inUse = to;
    if (now.ending !== null || !now.vaulted) return;
    const there = sameVault(placeOf(now), to);
    this.#bind({ ...moveGivenUp(now), moveTo: there ? null : { ...to, key: now.vaultKey }, moveTrouble: null });
  }

  #again(trouble: Trouble): Trouble {
    return { ...trouble, attempts: (this.record.binding.moveTrouble?.attempts ?? 0) + 1 };
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
        if (!sameVault(placeOf(this.record.binding), this.inUse))
          for (const t of this.record.tokens) this.#set(t.generation, { stored: false });
        this.#bind(entryIntended(this.record.binding, this.inUse));
        this.entries.add(where(placeOf(this.record.binding)));
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
        if (!works) return this.#bind({ trouble });
        this.entries.delete(where(placeOf(this.record.binding)));
        return this.#bind({ vaulted: false, trouble: null, ...moveGivenUp(this.record.binding) });
      case 'move': {
        const { binding: now, tokens } = this.record;
        const { moveTo } = now;
        if (moveTo === null) throw new Error('It is to be moved nowhere.');
        if (!works) return this.#bind({ moveTrouble: this.#again(trouble) });
        if (!now.vaulted || !tokens.some((t) => t.stored)) {
          for (const t of tokens) this.#set(t.generation, { stored: false });
          return this.#bind(entryForsaken(now));
        }
        this.entries.add(where(moveTo));
        return this.#bind(moveArrived(now, moveTo));
      }
      case 'clear':
        if (!works) return this.#bind({ moveTrouble: this.#again(trouble) });
        this.entries.delete(where(step.place));
        return this.#bind({ left: without(this.record.binding.left, step.place), moveTrouble: null });
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
          if (rotates) world.move(vaults[1]);
          world.run(before % 3, works);
          world.end(ending);
          world.run(400, works);
          expect([...world.live]).toEqual([]);
          expect([...world.entries]).toEqual([]);
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

  it('an entry that is moved to and fro, while its token is rotated or not, comes to lie in the vault wanted last and in no other', () => {
    const act = fc.record({ to: fc.constantFrom(...vaults), rotates: fc.boolean(), steps: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.array(act, { minLength: 1, maxLength: 6 }), (luck, acts) => {
        const world = new World();
        const fortune = luck[Symbol.iterator]();
        const works = () => fortune.next().value ?? true;
        world.run(12, () => true);
        for (const { to, rotates, steps } of acts) {
          world.move(to);
          if (rotates) world.rotate();
          world.run(steps, works);
          if (world.live.size > 0 && world.record.binding.vaulted) expect(world.entries.size).toBeGreaterThan(0);
        }
        world.run(40, () => true);
        for (let i = 0; i < 50 && plan(world.record, world.now, defaultLifePolicy).do !== 'wait'; i += 1)
          world.run(1, () => true);
        expect([...world.entries]).toEqual([where({ ...world.inUse, key: world.record.binding.vaultKey })]);
        expect(world.record.binding).toMatchObject({ vaulted: true, moveTo: null, left: [] });
        expect(world.record.tokens.filter((t) => t.phase === 'serving' && t.stored)).toHaveLength(1);
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
