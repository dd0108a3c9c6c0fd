import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { type SafeStorageLike, safeStorageCipher } from './safe-storage.ts';
import { type Cipher, openSecretBox, SecretUnreadableError } from './secret-box.ts';

const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const now = () => 1_800_000_000_000;

/** Not a real cipher: it turns bits, so that the clear text is not in the file, and knows its own key. */
const turned = (key: number): Cipher => ({
  persistent: true,
  backend: 'test',
  encrypt: async (text) => Buffer.from([key, ...Buffer.from(text).map((byte) => byte ^ key)]),
  decrypt: async (bytes) => {
    if (bytes[0] !== key) throw new Error('wrong key');
    return Buffer.from(bytes.subarray(1).map((byte) => byte ^ key)).toString();
  },
});
const memoryOnly: Cipher = {
  persistent: false,
  backend: 'basic_text',
  encrypt: () => Promise.reject(new Error('never')),
  decrypt: () => Promise.reject(new Error('never')),
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-box-'));
  file = join(folder, 'secrets.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (cipher: Cipher = turned(42)) => openSecretBox({ file, cipher, now });

describe('the secret box', () => {
  it('keeps a secret over a restart, without its clear text in the file', async () => {
    await (await open()).put('ravi.management', Secret.of(token));
    const again = await open();
    expect((await again.get('ravi.management'))?.reveal()).toBe(token);
    expect(await again.get('other')).toBeNull();
    expect(readFileSync(file, 'utf8')).not.toContain('16C7e42F');
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });

  it('leaves nothing half-written of a run that was killed, and nothing else away', async () => {
    await (await open()).put('ravi.management', Secret.of(token));
    for (const name of ['secrets.json.4711.tmp', 'secrets.json.broken-1', 'other.json.4711.tmp'])
      writeFileSync(join(folder, name), '{');
    expect((await (await open()).get('ravi.management'))?.reveal()).toBe(token);
    expect(readdirSync(folder).sort()).toEqual(['other.json.4711.tmp', 'secrets.json', 'secrets.json.broken-1']);
  });

  it('takes many changes at once: all are on the disk, in their order, and one that can’t be encrypted fails alone', async () => {
    const cipher = turned(42);
    const encrypt = (text: string): Promise<Buffer> =>
      text === 'bad' ? Promise.reject(new Error('The key store is locked.')) : cipher.encrypt(text);
    const box = await open({ ...cipher, encrypt });
    await box.put('gone', Secret.of('x'));
    const changes = [
      ...Array.from({ length: 50 }, (_, n) => box.put(`t${n}`, Secret.of(`v${n}`))),
      box.delete('gone'),
      box.put('twice', Secret.of('first')),
      box.put('twice', Secret.of('last')),
    ];
    await expect(box.put('b', Secret.of('bad'))).rejects.toThrow('locked');
    await Promise.all(changes);
    const again = await open();
    expect(await again.names()).toHaveLength(51);
    expect([(await again.get('t49'))?.reveal(), (await again.get('twice'))?.reveal()]).toEqual(['v49', 'last']);
  });

  it.skipIf(process.platform === 'win32')('is readable by its owner only', async () => {
    await (await open()).put('a', Secret.of('x'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('takes many writes at once and loses none', async () => {
    const box = await open();
    const names = Array.from({ length: 20 }, (_, n) => `key-${n}`);
    await Promise.all(names.map((name) => box.put(name, Secret.of(name))));
    await Promise.all([box.delete('key-3'), box.put('key-4', Secret.of('newer'))]);
    const again = await open();
    expect(await again.names()).toEqual(names.filter((name) => name !== 'key-3').sort());
    expect((await again.get('key-4'))?.reveal()).toBe('newer');
  });

  it('keeps an entry that it cannot decrypt, and says which', async () => {
    await (await open(turned(42))).put('app-key', Secret.of('pem'));
    const locked = await open(turned(7));
    await expect(locked.get('app-key')).rejects.toBeInstanceOf(SecretUnreadableError);
    await locked.put('other', Secret.of('x'));
    expect((await (await open(turned(42))).get('app-key'))?.reveal()).toBe('pem');
  });

  it('writes nothing to the disk when the key store protects nothing', async () => {
    const box = await open(memoryOnly);
    await box.put('a', Secret.of(token));
    expect((await box.get('a'))?.reveal()).toBe(token);
    expect(readdirSync(folder)).toEqual([]);
    expect(box.persistent).toBe(false);
    expect(await (await open(memoryOnly)).get('a')).toBeNull();
  });

  it('says so when a secret is stored and the key store is not there now', async () => {
    await (await open()).put('a', Secret.of(token));
    await expect((await open(memoryOnly)).get('a')).rejects.toThrow('not available now');
  });

  it.each(['{"a": 3}', '{"a": "bm', '[]'])(
    'moves a file aside that is no secret box, and never writes over it: %s',
    async (text) => {
      writeFileSync(file, text);
      const box = await open();
      expect(box.setAside).toBe(`${file}.broken-${now()}`);
      expect(await box.names()).toEqual([]);
      await box.put('b', Secret.of('x'));
      expect(readFileSync(`${file}.broken-${now()}`, 'utf8')).toBe(text);
    },
  );

  it('of its first form, today’s, is read whole, and kept in that form', async () => {
    const old = readFileSync(new URL('fixtures/secrets-1.json', import.meta.url), 'utf8');
    writeFileSync(file, old);
    const box = await open();
    expect([box.setAside, await box.names()]).toEqual([null, ['github.app', 'ravi.management']]);
    expect((await box.get('ravi.management'))?.reveal()).toBe('key of long ago');
    await box.put('b', Secret.of('x'));
    await box.delete('b');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(old));
  });

  it('refuses names that are none', async () => {
    const box = await open();
    expect(() => box.put('__proto__', Secret.of('x'))).toThrow(TypeError);
  });

  it('goes on after a write that failed, and does not pretend that it was stored', async () => {
    let broken = true;
    const cipher = turned(42);
    const box = await open({
      ...cipher,
      encrypt: (text) => (broken ? Promise.reject(new Error('locked')) : cipher.encrypt(text)),
    });
    await expect(box.put('a', Secret.of('1'))).rejects.toThrow('locked');
    expect(await box.get('a')).toBeNull();
    broken = false;
    await box.put('a', Secret.of('2'));
    expect((await box.get('a'))?.reveal()).toBe('2');
  });
});

describe("Electron's safeStorage", () => {
  const sync = (backend: string | undefined): SafeStorageLike => ({
    isEncryptionAvailable: () => true,
    encryptString: (text) => Buffer.from(`sync:${text}`),
    decryptString: (bytes) => bytes.toString().slice(5),
    ...(backend === undefined ? {} : { getSelectedStorageBackend: () => backend }),
  });
  const both = (backend: string): SafeStorageLike => ({
    ...sync(backend),
    isAsyncEncryptionAvailable: async () => true,
    encryptStringAsync: async (text) => Buffer.from(`async:${text}`),
    decryptStringAsync: async (bytes) => ({ result: bytes.toString().slice(6) }),
  });

  it.each([
    ['linux', 'gnome_libsecret', true],
    ['linux', 'kwallet6', true],
    ['linux', 'basic_text', false],
    ['linux', 'unknown', false],
    ['linux', undefined, false],
    ['darwin', undefined, true],
    ['win32', undefined, true],
  ] as const)('on %s with the backend %s protects: %s', async (platform, backend, persistent) => {
    expect((await safeStorageCipher(sync(backend), platform)).persistent).toBe(persistent);
  });

  it('is used by its asynchronous half where there is one', async () => {
    const cipher = await safeStorageCipher(both('gnome_libsecret'), 'linux');
    expect((await cipher.encrypt('x')).toString()).toBe('async:x');
    expect(await cipher.decrypt(Buffer.from('async:x'))).toBe('x');
    expect((await safeStorageCipher(both('basic_text'), 'linux')).persistent).toBe(false);
    expect((await (await safeStorageCipher(sync('kwallet'), 'linux')).encrypt('x')).toString()).toBe('sync:x');
  });

  it('protects nothing when the system says that encryption is not available', async () => {
    const cipher = await safeStorageCipher({ ...sync(undefined), isEncryptionAvailable: () => false }, 'darwin');
    expect(cipher.persistent).toBe(false);
    await expect(cipher.encrypt('x')).rejects.toThrow();
  });
});
