import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainEntry, type ChainHead, canonical, chainWords, genesis, hashEntry, verifyChain } from './chain.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

type Content = Omit<ChainEntry, 'seq' | 'previous' | 'hash'>;
const optional = fc.option(fc.string(), { nil: null });
const content: fc.Arbitrary<Content> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('credential.minted', 'credential.revoked', 'app.started'),
  actor: fc.constantFrom('companion', 'person', 'git'),
  outcome: fc.constantFrom('ok', 'failed'),
  worktreeId: optional,
  subject: optional,
  fingerprint: optional,
  message: fc.string(),
  facts: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
});

function chainOf(contents: readonly Content[]): ChainEntry[] {
  const entries: ChainEntry[] = [];
  let previous = genesis.hash;
  for (const [index, each] of contents.entries()) {
    const body = { ...each, seq: index + 1 };
    const hash = hashEntry(previous, body, sha256);
    entries.push({ ...body, previous, hash });
    previous = hash;
  }
  return entries;
}

const headOf = (entries: readonly ChainEntry[]): ChainHead => entries.at(-1) ?? genesis;
const chain = fc.array(content, { minLength: 2, maxLength: 8 }).map(chainOf);
const chainAndPlace = chain.chain((entries) => fc.tuple(fc.constant(entries), fc.nat(entries.length - 1)));

/** One change to one field; each gives an entry that differs. */
const mutations: readonly ((entry: ChainEntry) => ChainEntry)[] = [
  (e) => ({ ...e, at: e.at + 1 }),
  (e) => ({ ...e, kind: `${e.kind}x` }),
  (e) => ({ ...e, actor: `${e.actor}x` }),
  (e) => ({ ...e, outcome: `${e.outcome}x` }),
  (e) => ({ ...e, worktreeId: e.worktreeId === null ? '' : null }),
  (e) => ({ ...e, subject: e.subject === null ? '' : `${e.subject} ` }),
  (e) => ({ ...e, fingerprint: e.fingerprint === null ? '' : `${e.fingerprint}=` }),
  (e) => ({ ...e, message: `${e.message}.` }),
  (e) => ({ ...e, facts: { ...e.facts, 'a new fact': '' } }),
  (e) => ({
    ...e,
    facts: Object.fromEntries(Object.entries(e.facts).map(([key, value]) => [key, `${value}!`])),
    message: `${e.message}!`,
  }),
  (e) => ({ ...e, seq: e.seq + 1 }),
  (e) => ({ ...e, hash: sha256(e.hash) }),
  (e) => ({ ...e, previous: sha256(e.previous) }),
];

describe('the audit chain', () => {
  it('is whole when nothing was touched', () => {
    fc.assert(
      fc.property(chain, (entries) => {
        expect(verifyChain(entries, sha256, headOf(entries))).toEqual({ ok: true, count: entries.length });
      }),
    );
    expect(verifyChain([], sha256, genesis)).toEqual({ ok: true, count: 0 });
  });

  it('shows any single change, at the entry that was changed', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.constantFrom(...mutations), ([entries, place], mutate) => {
        const changed = entries.map((entry, index) => (index === place ? mutate(entry) : entry));
        const check = verifyChain(changed, sha256, headOf(entries));
        expect(check).toMatchObject({ ok: false, brokenAt: place + 1, count: place });
      }),
    );
  });

  it('shows a change also when the changed entry was given a fitting hash', () => {
    fc.assert(
      fc.property(chainAndPlace, ([entries, place]) => {
        const changed = entries.map((entry, index) => {
          if (index !== place) return entry;
          const lie = { ...entry, message: `${entry.message} never happened` };
          return { ...lie, hash: hashEntry(lie.previous, lie, sha256) };
        });
        expect(verifyChain(changed, sha256, headOf(entries)).ok).toBe(false);
      }),
    );
  });

  it('shows any removal: at the start, in the middle and, by the head, at the end', () => {
    fc.assert(
      fc.property(chainAndPlace, ([entries, place]) => {
        const left = entries.filter((_, index) => index !== place);
        expect(verifyChain(left, sha256, headOf(entries))).toMatchObject({ ok: false, brokenAt: place + 1 });
      }),
    );
  });

  it('shows any two entries that changed places', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.nat(), ([entries, place], other) => {
        const to = (place + 1 + (other % (entries.length - 1))) % entries.length;
        const swapped = entries.map((entry, index) => entries[index === place ? to : index === to ? place : index] ?? entry);
        expect(verifyChain(swapped, sha256, headOf(entries))).toMatchObject({ ok: false, brokenAt: Math.min(place, to) + 1 });
      }),
    );
  });

  it('shows an entry that was put in, or added at the end without the head knowing', () => {
    fc.assert(
      fc.property(chainAndPlace, ([entries, place]) => {
        const doubled = entries.flatMap((entry, index) => (index === place ? [entry, entry] : [entry]));
        expect(verifyChain(doubled, sha256, headOf(entries)).ok).toBe(false);
        expect(verifyChain(entries, sha256, headOf(entries.slice(0, -1)))).toMatchObject({ ok: false });
      }),
    );
  });

  it('spells two entries the same only when they are the same', () => {
    const at = { seq: 1 };
    fc.assert(
      fc.property(content, content, (a, b) => {
        const same = canonical({ ...a, ...at }) === canonical({ ...b, ...at });
        expect(same).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
    );
    const fields = { at: 0, kind: 'k', actor: 'a', outcome: 'ok', worktreeId: null, fingerprint: null, facts: {} };
    expect(canonical({ ...fields, ...at, subject: 'a', message: 'b' })).not.toBe(
      canonical({ ...fields, ...at, subject: 'a","b', message: '' }),
    );
  });

  it('does not depend on the order of the facts', () => {
    const [entry] = chainOf([{ ...first, facts: { a: '1', b: '2', 'a b': '3' } }]);
    expect(entry && verifyChain([{ ...entry, facts: { b: '2', 'a b': '3', a: '1' } }], sha256).ok).toBe(true);
  });

  it('keeps its hashes from version to version', () => {
    expect(hashEntry(genesis.hash, { ...first, seq: 1 }, sha256)).toBe(
      sha256(
        `${'0'.repeat(64)}\n["jean-ravi-audit-1",1,1800000000000,"credential.minted","companion","ok","w1","shop · checkout-flake",null,"A credential was minted.",[["repository","acme/shop"]]]`,
      ),
    );
  });

  it('says in words what it found', () => {
    const entries = chainOf([first, first, first]);
    expect(chainWords(verifyChain(entries, sha256))).toBe('All 3 entries are unbroken.');
    expect(chainWords(verifyChain(entries.slice(0, 2), sha256, headOf(entries)))).toBe(
      'The end of the log was cut off: entry 3 is missing. The 2 entries before are unbroken.',
    );
  });
});

const first: Content = {
  at: 1_800_000_000_000,
  kind: 'credential.minted',
  actor: 'companion',
  outcome: 'ok',
  worktreeId: 'w1',
  subject: 'shop · checkout-flake',
  fingerprint: null,
  message: 'A credential was minted.',
  facts: { repository: 'acme/shop' },
};

const sorted = (entry: Content): unknown => [
  ...Object.entries(entry).filter(([key]) => key !== 'facts'),
  Object.entries(entry.facts).sort(([a], [b]) => (a < b ? -1 : 1)),
];
