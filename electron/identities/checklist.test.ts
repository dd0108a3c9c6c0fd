import { describe, expect, it } from 'vitest';
import { identityStepId } from '../../shared/identities.ts';
import { checklist, type IdentityFacts } from './checklist.ts';
import { type IdentityRecord, newRecord } from './records.ts';

const nothing: IdentityFacts = {
  repository: 'acme/shop',
  keyHeld: false,
  sharedLogin: null,
  sharedTrouble: null,
  inUse: false,
  doing: null,
};
const fresh = newRecord('p1', 'shop', 1);
const robin = { uuid: 'u', name: 'Robin', inbox: 'robin@raviapp.com', phone: null };
const account = { id: 7, login: 'robin', at: 5 };

/** How far it is after each thing that a person does, in order. */
const story: readonly (readonly [string, Partial<IdentityRecord>, Partial<IdentityFacts>])[] = [
  ['identity', {}, {}],
  ['identity', { identity: robin }, {}],
  ['password', {}, { keyHeld: true }],
  ['sign-up', { password: { uuid: 'e', username: 'robin' } }, {}],
  ['sign-up', { signUpAt: 2 }, {}],
  ['account', { mailAt: 3 }, {}],
  ['account', { login: 'robin' }, {}],
  ['token', { account }, {}],
  ['invitation', { token: { login: 'Robin', at: 6 } }, {}],
  ['done', { token: null }, { sharedLogin: 'ROBIN' }],
];

describe('the checklist', () => {
  it('leads from nothing to the end, one step after the other', () => {
    let record = fresh;
    let facts = nothing;
    for (const [next, change, found] of story) {
      record = { ...record, ...change };
      facts = { ...facts, ...found };
      expect(checklist(record, facts).next).toBe(next);
    }
    const all = checklist(record, { ...facts, inUse: true });
    expect(all.next).toBeNull();
    expect(all.steps.map(({ id }) => id)).toEqual(identityStepId.options);
    for (const { state, sentence } of all.steps) {
      expect(state).toBe('done');
      expect(sentence).not.toBe('');
    }
  });

  it('says what failed at a step until it is done, and what is under way', () => {
    const record = { ...fresh, identity: robin, troubles: { account: { message: 'Not there.', at: 9 } } };
    const step = (facts: Partial<IdentityFacts>, change: Partial<IdentityRecord> = {}) =>
      checklist({ ...record, ...change }, { ...nothing, ...facts }).steps.find(({ id }) => id === 'account');
    expect(step({})).toEqual({ id: 'account', state: 'failed', sentence: 'Not there.', at: 9 });
    expect(step({ doing: 'account' })?.state).toBe('doing');
    expect(step({}, { account })?.state).toBe('done');
  });

  it('takes another account’s token for none of its own', () => {
    const record = { ...fresh, identity: robin, account };
    const { steps, next } = checklist(record, { ...nothing, keyHeld: true, sharedLogin: 'dana', inUse: true });
    expect(next).toBe('password');
    expect(steps.find(({ id }) => id === 'token')).toMatchObject({ state: 'todo' });
    expect(steps.find(({ id }) => id === 'token')?.sentence).toContain('takes the place of the one of dana');
    expect(steps.find(({ id }) => id === 'done')?.state).toBe('todo');
  });

  it.each([
    [null, 'and copy it.'],
    [{ login: 'acme', type: 'Organization' }, 'The form offers acme to its members alone.'],
    [{ login: 'dana', type: 'User' }, 'GitHub has no fine-grained tokens for others there.'],
  ])('says who may make a token for a repository of %o', (owner, words) => {
    const { steps } = checklist({ ...fresh, identity: robin, account, owner }, nothing);
    expect(steps.find(({ id }) => id === 'token')?.sentence).toContain(words);
    expect(steps.find(({ id }) => id === 'invitation')?.sentence.includes('the organization acme')).toBe(owner?.login === 'acme');
  });

  it('says of a lost answer that nothing is known', () => {
    const intent = { what: 'create', at: 1, name: 'Robin', localPart: null, before: [] } as const;
    const [first] = checklist({ ...fresh, intent: { ...intent, before: [] } }, nothing).steps;
    expect(first).toMatchObject({ state: 'failed', sentence: expect.stringContaining('is not known') });
  });
});
