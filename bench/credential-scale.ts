import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { z } from 'zod';
import { Secret } from '../electron/base/secret.ts';
import { GitHubConnection } from '../electron/connections/github.ts';
import { RaviConnection } from '../electron/connections/ravi.ts';
import { AppKey } from '../electron/github/app-key.ts';
import type { Settings, SettingsFile } from '../electron/storage/settings.ts';
import { defaultChannels } from '../shared/channels.ts';
import { defaultNotificationSettings } from '../shared/notifications.ts';
import { defaultCredentialSettings } from '../shared/policy.ts';
import { defaultPreferences } from '../shared/preferences.ts';
import { defaultRemoteSettings } from '../shared/remote-settings.ts';
import { openDisk, startCredentials } from './parts/machine.ts';

/**
 * 500 worktrees: all provisioned, all rotated, all revoked, against GitHub and Ravi of the sandbox with 50 ms for each answer. Ours are the
 * lifecycle, its durable records, audit log and secret box, the sockets and the clients; git's config is left out here, because it asks
 * nobody (bench credential-get has it). The floor is the same requests, bare, with the same number of them at once, half of each phase before
 * ours and half after it, so that both meet the same machine. Neither is paced: what GitHub's documents ask for (a write a second) would
 * hide any cost of ours, and the kill switch must not wait for it. Also counted: requests that nobody needed.
 */
const worktrees = Number(process.env.BENCH_WORKTREES ?? 500);
const latencyMs = 50;
/** Times the floor. */
const target = 1.5;
/** As in `step-queues.ts`. */
const [makingAtOnce, killingAtOnce] = [6, 12];
const repository = 'acme/shop';
const ids = Array.from({ length: worktrees }, (_, n) => `w${n}`);

const ready = z.object({
  type: z.literal('ready'),
  addresses: z.object({
    raviUrl: z.string(),
    raviManagementKey: z.string(),
    raviIdentityUuid: z.string(),
    githubUrl: z.string(),
    appId: z.number(),
    appSlug: z.string(),
    appPemPath: z.string(),
  }),
});
type Addresses = z.infer<typeof ready>['addresses'];
const calls = z.object({ result: z.array(z.object({ method: z.string(), path: z.string(), status: z.number() })) });
type Call = z.infer<typeof calls>['result'][number];
const phases = ['provision', 'rotate', 'revoke'] as const;
/** Does each phase for some of the worktrees. */
type Contender = { readonly [phase in (typeof phases)[number]]: (some: readonly string[]) => Promise<void> };

const dir = await mkdtemp(join(tmpdir(), 'jr-bench-'));
const sandbox = fork(fileURLToPath(new URL('../sandbox/main.ts', import.meta.url)), ['--dir', join(dir, 'sandbox')]);
try {
  const [message] = await once(sandbox, 'message');
  const { addresses } = ready.parse(message);
  const pem = Secret.of(await readFile(addresses.appPemPath, 'utf8'));
  for (const url of [addresses.githubUrl, addresses.raviUrl])
    await control(url, 'faults.next', [{ times: 1_000_000, answer: { delayMs: latencyMs } }]);

  const floor = await bare(addresses, pem);
  const value = await ours(addresses, pem);
  const [half, rest] = [ids.slice(0, worktrees / 2), ids.slice(worktrees / 2)];
  const took = { value: [] as number[], floor: [] as number[] };
  for (const phase of phases) {
    const first = await timed(() => floor[phase](half));
    took.value.push(await timed(() => value[phase](ids)));
    took.floor.push(first + (await timed(() => floor[phase](rest))));
  }
  await value.stop();
  const all = await asked(addresses);
  const failed = all.filter(({ status }) => status >= 400 && status !== 401).length;
  const requests = all.length - floor.asked();
  const unneeded = requests - needed();
  const sum = (ms: readonly number[]): number => ms.reduce((total, each) => total + each, 0);
  const ratio = sum(took.value) / sum(took.floor);
  const isOk = ratio <= target && unneeded === 0 && failed === 0;
  const seconds = (ms: readonly number[]): number[] => ms.map((each) => Math.round(each / 10) / 100);
  const line = { bench: 'credential-scale', worktrees, phases, value: seconds(took.value) };
  const counts = { requests, unneeded, failed };
  console.log(
    JSON.stringify({
      ...line,
      floor: seconds(took.floor),
      ratio: Math.round(ratio * 100) / 100,
      unit: 's',
      ...counts,
      target,
      ok: isOk,
    }),
  );
  process.exitCode = isOk ? 0 : 1;
} finally {
  sandbox.kill();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** Each worktree: mint and store; mint, change, revoke and prove; revoke, prove and delete. Beside them: the app, its installation, the identities. */
function needed(): number {
  return worktrees * (2 + 4 + 3) + 3;
}

async function ours(addresses: Addresses, pem: Secret): Promise<Contender & { stop(): Promise<void> }> {
  const disk = await openDisk(dir);
  await disk.box.put('github:app-key', pem);
  await disk.box.put('ravi:management-key', Secret.of(addresses.raviManagementKey));
  const { githubUrl, appId, appSlug: slug, raviUrl: baseUrl, raviIdentityUuid: identityUuid } = addresses;
  const settings = fixed({
    github: { appId: String(appId), apiUrl: githubUrl, webUrl: githubUrl, slug },
    ravi: { baseUrl, identityUuid, identityName: 'Bench' },
    preferences: defaultPreferences,
    raviPending: null,
    raviAddress: null,
    keepIn: 'ravi',
    jeans: [],
    commandLineFolder: null,
    computer: null,
    trailers: false,
    baseWorktrees: [],
    firstRunDone: true,
    skipped: [],
    window: null,
    projects: {},
    credentials: defaultCredentialSettings,
    notifications: defaultNotificationSettings,
    mutedUntil: null,
    jeanBanners: { wantedOff: false, ours: false },
    channels: defaultChannels,
    remoteAccess: defaultRemoteSettings,
  });
  const options = { settings, box: disk.box, fetch, now: Date.now, onView: () => undefined, audit: disk.audit };
  const github = new GitHubConnection(options);
  const acts = { leave: async () => undefined, renamed: () => undefined, stayed: () => undefined, done: () => undefined };
  const ravi = new RaviConnection({ ...options, isOurs: () => true, keyLabel: () => 'bench', acts: () => acts });
  await github.start();
  await ravi.start();
  const vault = ravi.vault;
  if (vault === null) throw new Error('Ravi is not connected.');
  const { lifecycle, stop } = startCredentials(disk, {
    source: {
      mint: (order) => github.mint(order),
      revoke: async (token) => {
        await github.revoke(token);
        return 'dead';
      },
      probe: (token) => github.probe(token),
    },
    vault,
    paths: (id) => ({ socket: join(dir, 's', `${id}.sock`), reason: join(dir, 's', `${id}.txt`) }),
    install: async () => undefined,
  });
  return {
    async provision(some) {
      for (const worktreeId of some) {
        const names = { projectId: 'p', projectName: 'shop', worktreeName: worktreeId, branch: worktreeId };
        lifecycle.want({ worktreeId, ...names, path: dir, projectPath: dir, repository });
      }
      await Promise.all(some.map((id) => lifecycle.settle(id)));
    },
    rotate: async (some) => void (await Promise.all(some.map((id) => lifecycle.rotate(id)))),
    revoke: async (some) => void (await Promise.all(some.map((id) => lifecycle.end(id, 'revoked-by-person')))),
    async stop() {
      await stop();
      disk.close();
    },
  };
}

/** The requests alone, in the order and at the concurrency of ours. */
async function bare(addresses: Addresses, pem: Secret): Promise<Contender & { asked(): number }> {
  let count = 0;
  const { githubUrl, raviUrl, appId, raviManagementKey, raviIdentityUuid } = addresses;
  const jwt = (await AppKey.read(pem).jwt(String(appId), Date.now())).reveal();
  const ask = async (method: string, url: string, bearer: string, body?: unknown): Promise<string> => {
    count += 1;
    const headers = { authorization: `Bearer ${bearer}`, 'user-agent': 'bench', 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return await answer.text();
  };
  const installation = z
    .object({ id: z.number() })
    .parse(JSON.parse(await ask('GET', `${githubUrl}/repos/${repository}/installation`, jwt)));
  const making = new PQueue({ concurrency: makingAtOnce });
  const killing = new PQueue({ concurrency: killingAtOnce });
  const made = z.object({ token: z.string() });
  const kept = z.object({ uuid: z.string() });
  const mint = async (): Promise<string> => {
    const url = `${githubUrl}/app/installations/${installation.id}/access_tokens`;
    return made.parse(JSON.parse(await ask('POST', url, jwt, { repositories: ['shop'] }))).token;
  };
  const secret = (uuid = ''): string => `${raviUrl}/api/secrets/${uuid}${uuid && '/'}?identity=${raviIdentityUuid}`;
  const kill = async (token: string): Promise<void> => {
    await ask('DELETE', `${githubUrl}/installation/token`, token);
    await ask('GET', `${githubUrl}/installation/repositories?per_page=1`, token);
  };
  const tokens = new Map<string, string>();
  const entries = new Map<string, string>();
  const each = async (some: readonly string[], act: (id: string) => Promise<void>): Promise<void> =>
    void (await Promise.all(some.map(act)));
  return {
    asked: () => count,
    provision: (some) =>
      each(some, async (id) => {
        const token = await making.add(mint);
        tokens.set(id, token);
        const body = { key: `BARE_${id.toUpperCase()}`, value: token };
        entries.set(id, kept.parse(JSON.parse(await making.add(() => ask('POST', secret(), raviManagementKey, body)))).uuid);
      }),
    rotate: (some) =>
      each(some, async (id) => {
        const token = await making.add(mint);
        await making.add(() => ask('PATCH', secret(entries.get(id)), raviManagementKey, { value: token }));
        await killing.add(() => kill(tokens.get(id) ?? ''));
        tokens.set(id, token);
      }),
    revoke: (some) =>
      each(some, async (id) => {
        await killing.add(() => kill(tokens.get(id) ?? ''));
        await making.add(() => ask('DELETE', secret(entries.get(id)), raviManagementKey));
      }),
  };
}

/** The file itself is Electron's business. */
function fixed(settings: Settings): SettingsFile {
  return { get: () => settings, update: () => settings };
}

/** How long it took, ms. */
async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** What GitHub and Ravi were asked until now. */
async function asked({ githubUrl, raviUrl }: Addresses): Promise<Call[]> {
  const lists = await Promise.all([githubUrl, raviUrl].map(async (url) => calls.parse(await control(url, 'calls', [])).result));
  return lists.flat();
}

async function control(url: string, name: string, args: readonly unknown[]): Promise<unknown> {
  const answer = await fetch(`${url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
  return await answer.json();
}
