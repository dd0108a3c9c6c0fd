import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Front, type FrontCertificate, startFront } from '../sandbox/jean/front.ts';
import { type TestJean, testJean } from '../sandbox/jean/test-jean.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { Jeans, type QuestionedCertificate } from './jeans.ts';
import { Boards } from './sessions/boards.ts';
import type { SettingsFile } from './storage/settings.ts';
import { Watching } from './watching.ts';

/** A Jean behind https and a path, with a certificate of its own making. */
let certificates: readonly FrontCertificate[];
let server: TestJean;
let front: Front;
let boards: Boards;
let watching: Watching;
let jeans: Jeans;
let settings: SettingsFile;
let asked: QuestionedCertificate[];

async function made(): Promise<FrontCertificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'jean.test' }], { keySize: 2048 });
  return { key, cert };
}
const fingerprint = (at: number): string => new X509Certificate(certificates[at]?.cert ?? '').fingerprint256;

function start(): void {
  boards = new Boards({ now: Date.now });
  const shared = { boards, fetch, log: () => undefined, publish: () => undefined };
  watching = new Watching({ ...shared, now: Date.now, happened: () => undefined, readWhole: () => undefined });
  jeans = new Jeans({
    ...shared,
    settings,
    box,
    jeanFolders: [],
    watching,
    audit: () => undefined,
    release: async () => undefined,
    changed: () => undefined,
  });
  jeans.start();
}
let box: Awaited<ReturnType<typeof startGround>>['box'];
const stop = async (): Promise<void> => {
  jeans.stop();
  await watching.stop();
};

beforeAll(async () => {
  certificates = await Promise.all([made(), made()]);
});
beforeEach(async () => {
  server = await testJean();
  front = await startFront(server.jean.port, '/tools/jean', certificates[0]);
  ({ settings, box } = await startGround());
  asked = [];
  start();
});
afterEach(async () => {
  await stop();
  front.close();
  await server.close();
});

const add = (trusts: boolean) =>
  jeans.add(Secret.of(`${front.url}/?token=${server.jean.token}`), async (certificate) => {
    asked.push(certificate);
    return trusts;
  });
const row = () => Object.values(boards.state().instances).find(({ place }) => place === 'elsewhere');

describe('a Jean behind https, whose certificate nobody vouches for', { timeout: 20_000 }, () => {
  it('gets nothing before the person trusts its fingerprint, nor when they do not', async () => {
    await expect(add(false)).rejects.toThrow(
      /was not added: no authority .* vouches for its certificate\. Nothing was sent to it\.$/,
    );
    expect(asked).toMatchObject([{ host: new URL(front.url).host, fingerprint: fingerprint(0) }]);
    expect(front.seen).toEqual([]);
    expect(settings.get().jeans).toEqual([]);
  });

  it('is watched below its path once they do, also after a restart, without being asked again', async () => {
    await server.jean.createWorktree(server.projectId, { name: 'far' });
    await add(true);
    await expect.poll(() => row()?.health, { timeout: 5_000 }).toBe('online');
    expect(row()).toMatchObject({ url: front.url, road: 'socket', limits: null });
    await expect.poll(() => Object.values(boards.state().worktrees).map(({ name }) => name)).toEqual(['far']);
    expect(front.seen.map(({ url = '' }) => url.replace(/\?.*/, ''))).toEqual(
      expect.arrayContaining(['/tools/jean/api/init', '/tools/jean/ws']),
    );
    await stop();
    start();
    await expect.poll(() => row()?.health, { timeout: 5_000 }).toBe('online');
    expect(asked).toHaveLength(1);
  });

  it('is not spoken to when another certificate took the place of the trusted one, until that is trusted', async () => {
    await add(true);
    await expect.poll(() => row()?.health, { timeout: 5_000 }).toBe('online');
    const [, second] = certificates;
    if (second !== undefined) front.renew(second);
    const before = front.seen.length;
    server.jean.dropConnections();
    await expect.poll(() => row()?.message, { timeout: 5_000 }).toContain('its certificate is not the one that you trusted');
    expect(row()?.health).toBe('offline');
    expect(front.seen).toHaveLength(before);
    expect(await add(true)).toMatchObject({ renewed: true });
    await expect.poll(() => row()?.health, { timeout: 5_000 }).toBe('online');
    expect(asked.at(-1)?.fingerprint).toBe(fingerprint(1));
  });

  it('that was known without a pin is refused with a sentence that says what to do', async () => {
    const at = { kind: 'address', url: front.url } as const;
    await stop();
    settings.update({ jeans: [{ id: 'far', name: null, colour: 'none', watched: true, at }] });
    start();
    await expect
      .poll(() => row()?.message, { timeout: 5_000 })
      .toMatch(/can’t be trusted: no authority .* Nothing was sent to it\. Copy/);
    expect(front.seen).toEqual([]);
  });
});

describe('an https address', { timeout: 20_000 }, () => {
  it('of a server that speaks http alone is told apart from one that is not there', async () => {
    const plain = server.jean.url.replace('http:', 'https:');
    const copied = Secret.of(`${plain}/?token=${server.jean.token}`);
    await expect(jeans.add(copied, async () => true)).rejects.toThrow(/does not speak https/);
  });
});
