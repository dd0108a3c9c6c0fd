import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../base/secret.ts';
import { FileCertificate, readCertificate } from './certificate.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { GatewayFixture, opening } from './gateway-fixture.ts';
import { type Replaced, SelfSignedCertificate } from './self-signed.ts';

const dayMs = 24 * 60 * 60_000;
const start = Date.parse('2027-01-01T00:00:00Z');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'certificate-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

class Box {
  readonly kept = new Map<string, Secret>();
  get = async (name: string): Promise<Secret | null> => this.kept.get(name) ?? null;
  put = async (name: string, secret: Secret): Promise<void> => void this.kept.set(name, secret);
}

const make = (from: number, to: number, name = 'desk.example.org') =>
  generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(to),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });

function peer(port: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a certificate that is made on the spot', () => {
  const names = ['127.0.0.1', 'desk.example.org', 'fd00::1'];

  it('is for all names, is kept in the secret box, and has the fingerprint that browsers show', async () => {
    const box = new Box();
    const options = { secrets: box, now: () => start, names: () => names };
    const own = (await SelfSignedCertificate.open(options)).current();
    const parsed = new X509Certificate(own.certificate);
    expect(parsed.subjectAltName).toContain('DNS:desk.example.org');
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(parsed.checkIP('fd00::1')).toBe('fd00::1');
    expect(own.fingerprint).toBe(parsed.fingerprint256);
    expect(own.fingerprint.replaceAll(':', '').toLowerCase()).toBe(createHash('sha256').update(parsed.raw).digest('hex'));
    expect(own.validUntil - start).toBeLessThan(398 * dayMs);
    expect(JSON.stringify(own)).not.toContain('PRIVATE');
    const again = (await SelfSignedCertificate.open(options)).current();
    expect(again.fingerprint).toBe(own.fingerprint);
  });

  it('is made anew before it expires or for a name more, and the change is told', async () => {
    const told: Replaced[] = [];
    let now = start;
    let wanted = names;
    const own = await SelfSignedCertificate.open({
      secrets: new Box(),
      now: () => now,
      names: () => wanted,
      onReplaced: (one) => told.push(one),
    });
    const first = own.current().fingerprint;
    now += 300 * dayMs;
    expect(await own.renewIfDue()).toBe(false);
    now += 40 * dayMs;
    expect(await own.renewIfDue()).toBe(true);
    const second = own.current().fingerprint;
    expect(told).toEqual([{ before: first, now: second, why: 'expiry' }]);
    wanted = ['127.0.0.1', '192.168.7.9'];
    expect(await own.renewIfDue()).toBe(true);
    expect(told[1]).toMatchObject({ before: second, why: 'names' });
    // Back in the first network: that name is still in it.
    wanted = names;
    expect(await own.renewIfDue()).toBe(false);
  });

  it('is the same for all gateways, also when it is made anew', async () => {
    let now = start;
    const options = { secrets: new Box(), now: () => now, names: () => names };
    const [one, two] = await Promise.all([SelfSignedCertificate.open(options), SelfSignedCertificate.open(options)]);
    const first = one.current().fingerprint;
    expect(two.current().fingerprint).toBe(first);
    now += 340 * dayMs;
    await Promise.all([one.look(), two.look()]);
    expect(one.current().fingerprint).not.toBe(first);
    expect(two.current().fingerprint).toBe(one.current().fingerprint);
  });

  it('is served, with HSTS and a cookie of this host alone, and plain HTTP gets nothing there', async () => {
    const jean = await FakeUpstream.start();
    const certificate = await SelfSignedCertificate.open({ secrets: new Box(), now: Date.now, names: () => ['127.0.0.1'] });
    const at = await GatewayFixture.start({ url: jean.url }, { certificate });
    const { token } = at.grant();
    expect((await peer(at.port)).fingerprint256).toBe(certificate.current().fingerprint);
    const settled = await at.ask(`GET /?token=${token}`, opening);
    expect(settled.headers.get('set-cookie')).toMatch(/^__Host-jrc-[0-9a-f]{8}=jrd_.*; Secure$/);
    expect(settled.headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
    const cookie = settled.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await at.ask('GET /', { ...opening, cookie });
    expect([page.status, page.headers.has('strict-transport-security')]).toEqual([200, true]);
    expect(
      (await at.ask('GET /ws', { cookie, connection: 'Upgrade', upgrade: 'websocket', origin: `http://127.0.0.1:${at.port}` }))
        .status,
    ).toBe(403);
    expect((await at.ask('GET /ws', { cookie, connection: 'Upgrade', upgrade: 'websocket', origin: at.origin })).status).toBe(
      101,
    );
    await expect(fetch(`http://127.0.0.1:${at.port}/`)).rejects.toThrow();
    const tooOld = connect({
      host: '127.0.0.1',
      port: at.port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    await expect(new Promise((resolve, reject) => tooOld.on('secureConnect', resolve).on('error', reject))).rejects.toThrow();
    await at.close();
    await jean.stop();
  });
});

describe('files of the person’s', () => {
  const files = () => ({ certificate: join(dir, 'cert.pem'), key: join(dir, 'key.pem') });
  const write = (certificate: string, key: string): void => {
    writeFileSync(files().certificate, certificate);
    writeFileSync(files().key, key);
  };

  it('that are wrong are said to be, and nothing of the key is in the sentence', async () => {
    const good = await make(start, start + 90 * dayMs);
    const other = await make(start, start + 90 * dayMs);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
    const ca = await generate([{ name: 'commonName', value: 'ca' }], { keyType: 'ec', algorithm: 'sha256' });
    const open = () => FileCertificate.open(files(), () => start + dayMs);
    await expect(open()).rejects.toThrow(/certificate file .*cert\.pem is not there/);
    for (const [certificate, key, words] of [
      ['', good.private, /holds no certificate in PEM/],
      [good.cert, 'hello', /holds no private key in PEM/],
      [good.cert, encrypted, /encrypted with a passphrase/],
      [good.cert, other.private, /does not belong/],
      [`${other.cert}\n${good.cert}`, good.private, /wrong order/],
      [`${good.cert}\n${ca.cert}`, good.private, /did not sign/],
      [good.cert.replace(/[A-Za-z0-9+/]{20}/, 'A'.repeat(20)), good.private, /damaged/],
      [good.cert, good.private.replace(/[A-Za-z0-9+/]{20}/, 'A'.repeat(20)), /damaged/],
    ] as const) {
      write(certificate, key);
      const failed = await open().then(
        () => null,
        (error: unknown) => String(error),
      );
      expect(failed).toMatch(words);
      expect(failed).not.toContain(good.private.split('\n')[1]);
    }
  });

  it('that are over, or not yet valid, say on which day', async () => {
    const made = await make(start, start + 90 * dayMs);
    expect(() => readCertificate(made.cert, Secret.of(made.private), start + 91 * dayMs)).toThrow(/expired on 2027-04-01/);
    expect(() => readCertificate(made.cert, Secret.of(made.private), start - dayMs)).toThrow(/valid from 2027-01-01/);
    expect(readCertificate(made.cert, Secret.of(made.private), start + dayMs).names).toEqual(['desk.example.org']);
  });

  it('with a chain are taken in the right order', async () => {
    const ca = await generate([{ name: 'commonName', value: 'Test authority' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(start),
      notAfterDate: new Date(start + 90 * dayMs),
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    });
    const leaf = await generate([{ name: 'commonName', value: 'desk' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(start),
      notAfterDate: new Date(start + 90 * dayMs),
      ca: { key: ca.private, cert: ca.cert },
    });
    expect(readCertificate(`${leaf.cert}\n${ca.cert}`, Secret.of(leaf.private), start + dayMs).names).toEqual(['desk']);
  });

  it('that are renewed are served from the next connection on; half of a renewal is not', async () => {
    const now = Date.now();
    const first = await make(now - dayMs, now + 10 * dayMs);
    const second = await make(now - dayMs, now + 90 * dayMs);
    write(first.cert, first.private);
    const certificate = await FileCertificate.open(files(), () => now);
    const jean = await FakeUpstream.start();
    const at = await GatewayFixture.start({ url: jean.url }, { certificate });
    const before = await peer(at.port);
    await certificate.look();
    expect(certificate.trouble).toMatch(/expires on/);
    writeFileSync(files().certificate, second.cert);
    await certificate.look();
    expect(certificate.trouble).toMatch(/does not belong/);
    expect((await peer(at.port)).fingerprint256).toBe(before.fingerprint256);
    writeFileSync(files().key, second.private);
    await certificate.look();
    expect(certificate.trouble).toBeNull();
    const after = await peer(at.port);
    expect(after.fingerprint256).toBe(new X509Certificate(second.cert).fingerprint256);
    expect(at.gateway.listening()?.tls?.fingerprint).toBe(after.fingerprint256);
    const status = await new Promise<number>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: at.port, path: '/', rejectUnauthorized: false }, (answer) =>
        resolve(answer.statusCode ?? 0),
      );
      asked.on('error', reject).end();
    });
    expect(status).toBe(401);
    await at.close();
    await jean.stop();
    rmSync(files().key);
    await certificate.look();
    expect(certificate.trouble).toMatch(/key file .* is not there/);
  });
});

it('on all networks it is known by an address that this computer got later', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const jean = await FakeUpstream.start();
  const certificate = await SelfSignedCertificate.open({ secrets: new Box(), now: Date.now, names: () => ['127.0.0.1'] });
  const address = { netmask: '255.255.255.0', mac: '', internal: false, cidr: null, family: 'IPv4' } as const;
  const found = [{ ...address, address: '192.168.7.9' }];
  const at = await GatewayFixture.start({ url: jean.url, interfaces: () => ({ eth0: found }) }, { bind: 'all', certificate });
  const asked = async () => (await at.ask('GET /', { host: `10.1.2.3:${at.port}` })).status;
  expect(await asked()).toBe(421);
  found.push({ ...address, address: '10.1.2.3' });
  vi.advanceTimersByTime(16_000);
  await vi.waitFor(async () => expect(await asked()).toBe(401));
  vi.useRealTimers();
  await at.close();
  await jean.stop();
});

it('beyond this computer nothing goes without encryption', async () => {
  const jean = await FakeUpstream.start();
  await expect(GatewayFixture.start({ url: jean.url }, { bind: 'lan' })).rejects.toThrow(/with encryption alone/);
  await jean.stop();
});
