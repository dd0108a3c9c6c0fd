import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import type { RateLimit } from './api.ts';
import { GitHubApp } from './app.ts';
import { GitHubError } from './errors.ts';
import { InstallationTokens } from './tokens.ts';

const HOUR = 3_600_000;
const MINT = '/app/installations/*/access_tokens';

async function connected(change: { fetch?: typeof fetch; now?: () => number; timeoutMs?: number } = {}) {
  const world = await startWithApp();
  const limits: RateLimit[] = [];
  const app = new GitHubApp({
    appId: world.app.clientId,
    privateKey: Secret.of(world.app.privateKey),
    apiUrl: world.github.apiUrl,
    fetch,
    now: Date.now,
    onLimits: (limit) => limits.push(limit),
    ...change,
  });
  const tokens = new InstallationTokens({ api: app.api, app });
  const request = { installationId: world.installation.id, repositories: ['acme/web'], permissions: { contents: 'write' } };
  return { ...world, own: app, tokens, request, limits };
}

const failure = async (under: Promise<unknown>): Promise<GitHubError> => {
  const error = await under.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GitHubError)) throw new Error(`Expected a GitHubError, got ${String(error)}`);
  return error;
};

describe('minting', () => {
  it.each(['classic', 'stateless'] as const)(
    'makes a %s token for one repository with the wanted permissions',
    async (format) => {
      const { tokens, request, control } = await connected();
      const minted = await tokens.mint({ ...request, format });
      expect(minted.token.reveal().length > 100).toBe(format === 'stateless');
      expect(minted).toMatchObject({ repositories: ['acme/web'], permissions: { contents: 'write', metadata: 'read' } });
      expect(minted.requestId).toBeTruthy();
      expect(Math.abs(minted.expiresAt - Date.now() - HOUR)).toBeLessThan(5_000);
      expect(control.liveTokens()).toMatchObject([{ hash: minted.fingerprint, repositories: ['acme/web'] }]);
    },
  );

  it('makes a token of its own each time, also when two worktrees ask for the same at once', async () => {
    const { tokens, request, control } = await connected();
    const [one, two] = await Promise.all([tokens.mint(request), tokens.mint(request)]);
    expect(one.fingerprint).not.toBe(two.fingerprint);
    expect(control.liveTokens()).toHaveLength(2);
  });

  it('gives the end of life by the clock of this machine, however wrong that is', async () => {
    const { tokens, request, clock } = await connected();
    clock.move(3 * HOUR);
    const minted = await tokens.mint(request);
    expect(Math.abs(minted.expiresAt - Date.now() - HOUR)).toBeLessThan(5_000);
  });

  it('is not tried again when the answer got lost, and says that a token may live', async () => {
    const { tokens, request, control } = await connected();
    control.faults.next({ match: { method: 'POST', path: MINT }, answer: 'lose' });
    const error = await failure(tokens.mint(request));
    expect(error).toMatchObject({ kind: 'unreachable', maybeIssued: true });
    expect(control.liveTokens()).toHaveLength(1);
  });

  it.each([
    ['a 422', { status: 422, body: { message: 'There is at least one repository that…' } }, 'invalid', false],
    ['a 403', { status: 403, body: { message: 'Resource not accessible by integration' } }, 'forbidden', false],
    ['a 502 page', { status: 502, body: '<html>Bad Gateway</html>' }, 'unavailable', true],
    ['no JSON', { status: 201, body: '<html>hello</html>' }, 'malformed', true],
    ['too much', { status: 201, body: 'x'.repeat(5_000_000) }, 'malformed', true],
    ['a redirect', { status: 307, headers: { location: 'https://elsewhere.example/' } }, 'malformed', false],
  ])('answers %s with the right kind of error', async (_what, answer, kind, maybeIssued) => {
    const { tokens, request, control } = await connected();
    control.faults.next({ match: { path: MINT }, answer });
    expect(await failure(tokens.mint(request))).toMatchObject({ kind, maybeIssued });
  });

  it('waits as long as GitHub asks when it is throttled', async () => {
    const { tokens, request, control } = await connected();
    control.faults.next({
      answer: { status: 403, headers: { 'retry-after': '37' }, body: { message: 'You have exceeded a secondary rate limit' } },
    });
    expect(await failure(tokens.mint(request))).toMatchObject({ kind: 'throttled', retryAfterMs: 37_000 });
    control.faults.next({ answer: { status: 429, body: { message: 'Too many requests' } } });
    expect(await failure(tokens.mint(request))).toMatchObject({ kind: 'throttled', retryAfterMs: 60_000 });
  });

  it('tells a missing, a suspended and an unreachable installation apart', async () => {
    const { tokens, request, control, github } = await connected();
    expect(await failure(tokens.mint({ ...request, installationId: 999_999 }))).toMatchObject({ kind: 'not-installed' });
    control.suspend(request.installationId);
    expect(await failure(tokens.mint(request))).toMatchObject({ kind: 'suspended' });
    await github.stop();
    expect(await failure(tokens.mint(request))).toMatchObject({ kind: 'unreachable', maybeIssued: false });
  });

  it('never asks for everything', async () => {
    const { tokens, request, control } = await connected();
    expect(await failure(tokens.mint({ ...request, permissions: {} }))).toMatchObject({ kind: 'invalid' });
    expect(await failure(tokens.mint({ ...request, repositories: ['acme'] }))).toMatchObject({ kind: 'invalid' });
    expect(await failure(tokens.mint({ ...request, repositories: [] }))).toMatchObject({ kind: 'invalid' });
    expect(await failure(tokens.mint({ ...request, repositories: ['acme/web', 'other/web'] }))).toMatchObject({
      kind: 'invalid',
    });
    expect(control.calls()).toEqual([]);
  });

  it('makes one token for several repositories of one owner, and never for fewer than that', async () => {
    const { tokens, request, control } = await connected();
    const minted = await tokens.mint({ ...request, repositories: ['acme/web', 'acme/api'] });
    expect([...minted.repositories].sort()).toEqual(['acme/api', 'acme/web']);
    expect(control.liveTokens()).toMatchObject([{ hash: minted.fingerprint, repositories: ['acme/web', 'acme/api'] }]);
    expect(await failure(tokens.mint({ ...request, repositories: ['acme/web', 'acme/gone'] }))).toMatchObject({
      kind: 'invalid',
    });
    expect(control.liveTokens()).toHaveLength(1);
  });

  it('kills a token that reaches further than asked for, and does not hand it out', async () => {
    const wide: typeof fetch = async (url, init) => {
      const narrowed = typeof init?.body === 'string' ? JSON.stringify({ permissions: { contents: 'write' } }) : null;
      return await fetch(url, narrowed === null ? init : { ...init, body: narrowed });
    };
    const { tokens, request, control } = await connected({ fetch: wide });
    expect(await failure(tokens.mint(request))).toMatchObject({ kind: 'malformed', maybeIssued: false });
    expect(control.issuedTokens()).toHaveLength(1);
    expect(control.liveTokens()).toEqual([]);
  });

  it('ends when the caller aborts', async () => {
    const { tokens, request, control } = await connected();
    control.faults.next({ answer: { delayMs: 2_000 } });
    await expect(tokens.mint(request, AbortSignal.timeout(50))).rejects.toThrow(/abort|timeout/i);
  });
});

describe('a minted token', () => {
  it('is alive until it is revoked, and dead from then on', async () => {
    const { tokens, request } = await connected();
    const { token } = await tokens.mint(request);
    expect(await tokens.probe(token)).toBe('alive');
    expect(await tokens.revoke(token)).toBe('revoked');
    expect(await tokens.probe(token)).toBe('dead');
    expect(await tokens.revoke(token)).toBe('already-dead');
  });

  it('is dead when its hour is over', async () => {
    const { tokens, request, clock } = await connected();
    const { token } = await tokens.mint(request);
    clock.move(HOUR + 1_000);
    expect(await tokens.probe(token)).toBe('dead');
    expect(await tokens.revoke(token)).toBe('already-dead');
  });

  it('is not called dead because GitHub is away, busy or has suspended the installation', async () => {
    const { tokens, request, control } = await connected();
    const { token } = await tokens.mint(request);
    control.faults.next({ answer: 'drop' });
    expect(await tokens.probe(token)).toBe('unknown');
    control.faults.next({ answer: { status: 503 } });
    expect(await tokens.probe(token)).toBe('unknown');
    control.setRemaining(request.installationId, 0);
    expect(await tokens.probe(token)).toBe('unknown');
    control.faults.next({ answer: 'drop' });
    await expect(tokens.revoke(token)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('is given a moment to be known everywhere, when it was just made', async () => {
    const { tokens, request, control } = await connected();
    const { token } = await tokens.mint(request);
    const bad = { status: 401, body: { message: 'Bad credentials' } };
    control.faults.next({ times: 2, answer: bad });
    expect(await tokens.probe(token, { justMinted: true })).toBe('alive');
    control.faults.next({ answer: bad });
    expect(await tokens.probe(token)).toBe('dead');
  });

  it('lists what an installation covers, page by page, by a token that is dead after that', async () => {
    const asked: string[] = [];
    const { tokens, installation, control } = await connected({
      fetch: (input, init) => {
        asked.push(new URL(String(input)).pathname);
        return fetch(String(input).replace('per_page=100', 'per_page=1'), init);
      },
    });
    const listed = await tokens.listRepositories(installation.id);
    expect(listed).toEqual({ total: 2, names: ['acme/web', 'acme/api'], tokenLeft: false });
    expect(asked.filter((path) => path.endsWith('/installation/repositories'))).toHaveLength(2);
    expect(control.liveTokens()).toEqual([]);
    expect(control.calls().find(({ path }) => path.endsWith('/access_tokens'))).toBeDefined();
  });

  it('lists nothing where the installation is suspended, and says when its token could not be revoked', async () => {
    const { tokens, installation, control } = await connected();
    control.faults.next({ match: { method: 'DELETE', path: '/installation/token' }, answer: { status: 503 } });
    expect(await tokens.listRepositories(installation.id)).toMatchObject({ total: 2, tokenLeft: true });
    expect(control.liveTokens()).toMatchObject([{ permissions: { metadata: 'read' } }]);
    control.suspend(installation.id);
    expect((await failure(tokens.listRepositories(installation.id))).kind).toBe('suspended');
  });

  it('can be revoked when the key of the app is gone', async () => {
    const { tokens, request, own } = await connected();
    const { token } = await tokens.mint(request);
    const keyless = new InstallationTokens({ api: own.api, app: null });
    expect(await keyless.revoke(token)).toBe('revoked');
    expect(await failure(keyless.mint(request))).toMatchObject({ kind: 'unauthorized' });
  });

  it('lets the rate limit of its installation be watched', async () => {
    const { tokens, request, limits } = await connected();
    const { token } = await tokens.mint(request);
    limits.length = 0;
    await tokens.probe(token, { installationId: request.installationId });
    expect(limits).toMatchObject([{ limit: 5_000, remaining: 4_999, installationId: request.installationId }]);
    expect(limits[0]?.resetAt).toBeGreaterThan(Date.now());
  });

  it('is in no error that its use ends in', async () => {
    const { tokens, request, control } = await connected();
    const { token } = await tokens.mint(request);
    control.faults.next({ answer: { status: 400, body: { message: `Bad token ${token.reveal()}` } } });
    const error = await failure(tokens.revoke(token));
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(token.reveal());
  });
});

describe('the address of the API', () => {
  it.each(['http://api.github.com', 'ftp://api.github.com', 'https://me:pw@api.github.com', 'nothing'])(
    'is refused: %s',
    async (apiUrl) => {
      const { app } = await startWithApp();
      const options = { appId: app.clientId, privateKey: Secret.of(app.privateKey), apiUrl, fetch, now: Date.now };
      expect(() => new GitHubApp(options)).toThrow('The address of GitHub’s API must begin with https://.');
    },
  );

  it('never sends a token after a redirect to another host, and follows one to the same', async () => {
    const { tokens, request, control } = await connected();
    const { token } = await tokens.mint(request);
    const seen: string[] = [];
    const elsewhere = createServer((asked, response) => {
      seen.push(asked.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = elsewhere.address() as AddressInfo;
      control.faults.next({ answer: { status: 302, headers: { location: `http://127.0.0.1:${port}/` } } });
      expect(await tokens.probe(token)).toBe('unknown');
      expect(seen).toEqual([]);
      control.faults.next({ answer: { status: 301, headers: { location: '/installation/repositories' } } });
      expect(await tokens.probe(token)).toBe('alive');
    } finally {
      elsewhere.close();
    }
  });
});
