import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { failure, startScripted, startWithAccount } from './fixture.ts';
import { RaviSecrets } from './secrets.ts';

const KEY = 'JEAN_GH_TOKEN_SHOP_MAIN';
const isOurs = (notes: string): boolean => notes !== 'theirs';

async function vault() {
  const world = await startWithAccount();
  return { ...world, secrets: new RaviSecrets(world.client, isOurs), id: world.robin.uuid };
}

describe('a secret in Ravi’s vault', () => {
  it('is made, changed, read and deleted', async () => {
    const { secrets, ravi, id } = await vault();
    expect(await secrets.read(id, KEY)).toBeNull();
    const made = await secrets.upsert(id, KEY, Secret.of('one'), 'first');
    expect(made.created).toBe(true);
    expect(await secrets.upsert(id, KEY, Secret.of('two'), 'second')).toEqual({ uuid: made.uuid, created: false });
    expect(ravi.secrets(id)).toEqual([{ key: KEY, value: 'two', notes: 'second' }]);
    const read = await secrets.read(id, KEY);
    expect([read?.uuid, read?.value.reveal(), read?.notes]).toEqual([made.uuid, 'two', 'second']);
    expect(await secrets.remove(id, KEY)).toBe('deleted');
    expect(await secrets.remove(id, KEY)).toBe('absent');
    expect(ravi.secrets(id)).toEqual([]);
  });

  it('takes one request to make, one to change and one to delete', async () => {
    const { secrets, ravi, id } = await vault();
    const before = ravi.calls().length;
    await secrets.upsert(id, KEY, Secret.of('one'), '');
    await secrets.upsert(id, KEY, Secret.of('two'), '');
    await secrets.remove(id, KEY);
    expect(
      ravi
        .calls()
        .slice(before)
        .map(({ method }) => method),
    ).toEqual(['POST', 'PATCH', 'DELETE']);
  });

  it('of an earlier run is found when Ravi says that it is there already', async () => {
    const { client, secrets, ravi, id } = await vault();
    const { uuid } = await secrets.upsert(id, KEY, Secret.of('one'), '');
    expect(await new RaviSecrets(client, isOurs).upsert(id, KEY, Secret.of('two'), '')).toEqual({ uuid, created: false });
    expect(ravi.secrets(id)).toEqual([{ key: KEY, value: 'two', notes: '' }]);
    expect(await new RaviSecrets(client, isOurs).remove(id, KEY)).toBe('deleted');
    expect(await secrets.remove(id, KEY)).toBe('absent');
  });

  it('is not taken for changed or deleted when a network’s own page answers in Ravi’s place', async () => {
    const { secrets, ravi, id } = await vault();
    await secrets.upsert(id, KEY, Secret.of('one'), '');
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please sign in</html>' };
    ravi.faults.next({ match: { method: 'PATCH' }, answer: page });
    await expect(secrets.upsert(id, KEY, Secret.of('two'), '')).rejects.toMatchObject({ kind: 'malformed' });
    ravi.faults.next({ match: { method: 'DELETE' }, answer: page });
    await expect(secrets.remove(id, KEY)).rejects.toMatchObject({ kind: 'malformed' });
    expect(ravi.secrets(id)).toMatchObject([{ value: 'one' }]);
  });

  it('belongs to its identity alone', async () => {
    const { secrets, ravi, id, kim } = await vault();
    await secrets.upsert(id, KEY, Secret.of('robin’s'), '');
    await secrets.upsert(kim.uuid, KEY, Secret.of('kim’s'), '');
    await secrets.remove(id, KEY);
    expect([ravi.secrets(id).length, ravi.secrets(kim.uuid)[0]?.value]).toEqual([0, 'kim’s']);
  });

  it('is one, however many set it at once, and the last one wins', async () => {
    const { secrets, ravi, id } = await vault();
    const values = Array.from({ length: 8 }, (_, i) => `v${i}`);
    const results = await Promise.all(values.map((value) => secrets.upsert(id, KEY, Secret.of(value), '')));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(ravi.secrets(id)).toEqual([{ key: KEY, value: 'v7', notes: '' }]);
  });

  it('is taken over when somebody else made it a moment before, in whatever words Ravi refuses', async () => {
    const { client, ravi, id } = await vault();
    const [one, two] = [new RaviSecrets(client, isOurs), new RaviSecrets(client, isOurs)];
    const results = await Promise.all([one.upsert(id, KEY, Secret.of('a'), ''), two.upsert(id, KEY, Secret.of('b'), '')]);
    expect(results.map(({ uuid }) => uuid)[0]).toBe(results[1]?.uuid);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(ravi.secrets(id)).toHaveLength(1);
  });

  it('is made again when somebody deleted it a moment before', async () => {
    const { secrets, ravi, id, account } = await vault();
    await secrets.upsert(id, KEY, Secret.of('a'), '');
    ravi.faults.next({ match: { method: 'PATCH' }, answer: { delayMs: 150 } });
    const under = secrets.upsert(id, KEY, Secret.of('b'), '');
    await expect.poll(() => ravi.faults.left()).toBe(0);
    const row = await secrets.read(id, KEY);
    await fetch(`${ravi.url}/api/secrets/${row?.uuid}/?identity=${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${account.managementKey}` },
    });
    expect(await under).toMatchObject({ created: true });
    expect(ravi.secrets(id)).toEqual([{ key: KEY, value: 'b', notes: '' }]);
  });

  it('may be set again after an answer was lost', async () => {
    const { secrets, ravi, id } = await vault();
    ravi.faults.next({ match: { method: 'POST' }, answer: 'lose' });
    expect(await failure(secrets.upsert(id, KEY, Secret.of('a'), ''))).toMatchObject({ kind: 'unreachable' });
    expect(await secrets.upsert(id, KEY, Secret.of('a'), '')).toMatchObject({ created: false });
    expect(ravi.secrets(id)).toHaveLength(1);
  });

  it('keeps the reason of a refusal that is no race', async () => {
    const { secrets, ravi, id } = await vault();
    ravi.faults.next({ match: { method: 'POST' }, answer: { status: 400, body: { value: ['Too long.'] } } });
    expect(await failure(secrets.upsert(id, KEY, Secret.of('a'), ''))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('Too long'),
    });
    ravi.faults.next({ match: { method: 'POST' }, answer: { status: 402, body: { detail: 'Active subscription required.' } } });
    expect(await failure(secrets.upsert(id, KEY, Secret.of('a'), ''))).toMatchObject({ kind: 'subscription' });
  });

  it('that is somebody else’s is neither changed nor deleted, whether it was there before or took the place of ours', async () => {
    const { secrets, ravi, id } = await vault();
    const theirs = { key: KEY, value: 'sesame', notes: 'theirs' };
    ravi.keepSecret(id, theirs);
    for (const again of [1, 2]) {
      const kind = await failure(secrets.upsert(id, KEY, Secret.of(`ours ${again}`), 'ours'));
      expect(kind).toMatchObject({ kind: 'foreign', message: expect.stringContaining('stays as it is') });
      expect(await secrets.remove(id, KEY)).toBe('absent');
    }
    await secrets.read(id, KEY);
    expect(await secrets.remove(id, KEY)).toBe('absent');
    expect(ravi.secrets(id)).toEqual([theirs]);
  });

  it('is found by its key also where the server ignores the filter, or sends pages', async () => {
    const rows = ['AAA', KEY, 'ZZZ'].map((key) => ({ uuid: `u-${key}`, key, value: `value of ${key}`, notes: null }));
    const client = await startScripted((_request, response) =>
      response.end(JSON.stringify({ count: 3, next: null, results: rows })),
    );
    const secrets = new RaviSecrets(client, isOurs);
    expect(await secrets.read('id', KEY)).toMatchObject({ uuid: `u-${KEY}`, notes: '' });
    expect(await secrets.read('id', 'OTHER')).toBeNull();
  });

  it('is listed by name, without any value', async () => {
    const { secrets, id } = await vault();
    await secrets.upsert(id, KEY, Secret.of('sesame'), 'a note');
    const names = await secrets.keys(id);
    expect(names).toEqual([{ uuid: expect.any(String), key: KEY, notes: 'a note' }]);
    expect(JSON.stringify(names)).not.toContain('sesame');
  });

  it('has a key that Ravi takes as it is', async () => {
    const { secrets, id, ravi } = await vault();
    for (const key of ['lower', '1ST', 'A-B', '', 'A B']) {
      expect(await failure(secrets.upsert(id, key, Secret.of('a'), ''))).toMatchObject({ kind: 'invalid' });
    }
    expect(ravi.calls()).toEqual([]);
  });
});
