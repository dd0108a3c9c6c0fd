import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCliKeys } from './cli-config.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'jr-cli-'));
  await mkdir(join(home, '.ravi'), { mode: 0o700 });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const write = (content: unknown, name = 'config.json'): Promise<void> =>
  writeFile(join(home, '.ravi', name), typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
const full = {
  management_key: 'ravi_mgmt_x',
  identity_key: 'ravi_id_x',
  identity_uuid: '7b1c',
  identity_name: 'Sarah Johnson',
  user_email: 'owner@example.com',
};

describe('the keys of an installed Ravi CLI', () => {
  it('are read with whose they are, and nothing is written there', async () => {
    await write(full);
    const before = await stat(join(home, '.ravi', 'config.json'));
    const found = await readCliKeys(home);
    expect(found).toMatchObject({ type: 'keys', email: 'owner@example.com', identityName: 'Sarah Johnson', looseMode: null });
    expect(found.type === 'keys' && [found.managementKey?.reveal(), found.identityKey?.reveal()]).toEqual([
      'ravi_mgmt_x',
      'ravi_id_x',
    ]);
    expect(JSON.stringify(found)).not.toMatch(/ravi_(mgmt|id)_x/);
    expect((await stat(join(home, '.ravi', 'config.json'))).mtimeMs).toBe(before.mtimeMs);
    expect(JSON.parse(await readFile(join(home, '.ravi', 'config.json'), 'utf8'))).toEqual(full);
  });

  it('may be one alone', async () => {
    await write({ identity_key: 'ravi_id_x' });
    expect(await readCliKeys(home)).toMatchObject({ type: 'keys', managementKey: null, email: null });
  });

  it('tell that others may read their file', async () => {
    await write(full);
    await chmod(join(home, '.ravi', 'config.json'), 0o644);
    expect(await readCliKeys(home)).toMatchObject({ type: 'keys', looseMode: '0644' });
  });

  it.each([
    ['of a program that is called ravi too, by its .env', '.env', 'RAVI_API_URL=x', 'other-program'],
    ['of that program, by its key', 'config.json', { management_key: 'rctx_x' }, 'other-program'],
    ['of a CLI before 0.6', 'auth.json', { access: 'x' }, 'absent'],
    ['without a key, as the old documents have it', 'config.json', { identity_uuid: 'x', identity_name: 'S' }, 'absent'],
    ['with keys in each other’s place', 'config.json', { management_key: 'ravi_id_x' }, 'unreadable'],
    ['that is no JSON', 'config.json', '{"management_key": "ravi_mgmt_x"', 'unreadable'],
    ['of another shape', 'config.json', ['ravi_mgmt_x'], 'unreadable'],
    ['that is far too long', 'config.json', 'ravi_mgmt_x'.repeat(10_000), 'unreadable'],
  ])('are not taken from a folder %s, and no key is quoted', async (_what, name, content, type) => {
    await write(content, name);
    const found = await readCliKeys(home);
    expect(found.type).toBe(type);
    expect(JSON.stringify(found)).not.toMatch(/ravi_mgmt_x|rctx_x/);
  });

  it('are none where there is no folder, or no way into the file', async () => {
    await mkdir(join(home, '.ravi', 'config.json'));
    expect(await readCliKeys(home)).toMatchObject({ type: 'unreadable' });
    await rm(join(home, '.ravi'), { recursive: true });
    expect(await readCliKeys(home)).toMatchObject({ type: 'absent' });
  });
});
