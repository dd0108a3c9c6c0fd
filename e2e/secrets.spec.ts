import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Sandbox } from '../sandbox/world.ts';
import type { IdentityView } from '../shared/identities.ts';
import type { ShownGrant } from '../shared/remote-requests.ts';
import { menuText } from './desktop/menu.ts';
import type { Companion } from './fixtures/companion.ts';
import { heapOf } from './fixtures/heap.ts';
import { processesOf } from './fixtures/processes.ts';
import { grantFor, linkOf, turnedOn, visit } from './fixtures/remote.ts';
import { leaksBelow, leaksIn, secretsNamed, secretsOf } from './fixtures/secrets.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { aliveAtGitHub, isActive, provisioned, push, sessionIn } from './fixtures/worktrees.ts';

test('the scan would find a secret in any file, in clear and in base64', async ({ folder, sandbox }) => {
  const secrets = await secretsOf(sandbox);
  const { token } = sandbox.jean;
  await writeFile(join(folder, 'clear'), `before ${token} after`);
  for (const before of ['', 'x', 'xy'])
    await writeFile(join(folder, `coded${before}`), Buffer.from(`${before}${token}${before}`).toString('base64'));
  await writeFile(join(folder, 'key'), await readFile(sandbox.app.pemPath));
  const { leaks } = await leaksBelow(folder, secrets);
  for (const name of ['clear', 'coded', 'codedx', 'codedxy'])
    expect(leaks).toContain(`token of Jean 1 is in ${join(folder, name)}`);
  expect(leaks).toContain(`line of the private key 1 is in ${join(folder, 'key')}`);
});

test('after a whole life of credentials no secret is in a file, a log, a page, a process, the export or a notification', async ({
  connected,
  desktop,
  folder,
  launch,
  sandbox,
  userData,
}) => {
  const { jean, github, ravi } = sandbox;
  const { worktree, session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const merged = await provisioned(connected, sandbox, 'apple-pay');
  await jean.startTurn(session, { steps: [] });
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  github.control.setTokenFormat('classic');
  await connected.request('credentials.rotate', { worktreeId: worktree.id });
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  // A failure quotes what it can: the proxy's page, the refusal, the lost answer.
  ravi.badGateway();
  github.control.faults.next({ match: { path: '*/access_tokens' }, answer: { status: 422, body: { message: 'Unprocessable' } } });
  await connected.request('credentials.rotate', { worktreeId: worktree.id }).catch(() => undefined);
  jean.attachUi(false);
  await jean.prStatus(merged.worktree.id, { number: 7, url: 'https://example.test/pull/7', state: 'merged' });
  await soon(() => aliveAtGitHub(sandbox).includes(merged.credential.fingerprint)).toBe(false);
  await connected.until(isActive(worktree.id), 'the first one goes on');

  const fromRemote = await remoteAccessUsed(connected, sandbox);
  const codes = await identityUsed(connected, sandbox);
  await signedInByCode(connected, sandbox);
  const secrets = [
    ...(await secretsOf(sandbox)),
    ...secretsNamed('of remote access', fromRemote),
    ...secretsNamed('code by mail or SMS', codes),
  ];
  // At least two first ones, one rotated one; Ravi's management keys; Jean's; the key of the App.
  expect(secrets.length).toBeGreaterThan(20);
  const leaks: string[] = [];

  const path = join(folder, 'audit.jsonl');
  await connected.willChoose(path);
  await connected.request('audit.export', {
    filter: { text: '', worktreeId: null, kind: null, from: null, to: null },
  });
  leaks.push(...leaksIn('the export', await readFile(path), secrets));

  for (const name of [
    'Sessions',
    'Credentials',
    'Projects',
    'Remote access',
    'Identities',
    'Notifications',
    'Audit',
    'Settings',
  ] as const) {
    const page = await connected.open(name);
    leaks.push(...leaksIn(`the page ${name}`, await page.content(), secrets));
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, performance.getEntries(), document.cookie, location.href]),
    );
    leaks.push(...leaksIn(`what the page ${name} keeps`, kept, secrets));
  }
  leaks.push(...leaksIn('the state of the page', JSON.stringify(await connected.state()), secrets));
  leaks.push(...leaksIn('what the page can reach', (await heapOf(await connected.page())).join('\n'), secrets));

  const processes = await processesOf(connected.pid);
  expect(processes.length).toBeGreaterThan(2);
  for (const { pid, commandLine, environment } of processes)
    leaks.push(...leaksIn(`the process ${pid}`, `${commandLine}\n${environment}`, secrets));

  const item = await desktop.tray.waitForItem();
  leaks.push(...leaksIn('the tray', `${await item.toolTip()}\n${menuText(await item.menu())}`, secrets));
  // One waits for the others of its burst.
  await soon(() => desktop.notifications.shown.length).toBeGreaterThan(0);
  leaks.push(...leaksIn('a notification', inspect(desktop.notifications.shown, { depth: 9, maxStringLength: null }), secrets));

  await connected.quit();
  leaks.push(...leaksIn('what was printed', connected.printed.join(''), secrets));
  // A second start reads all of it again.
  const again = await launch();
  await again.until(isActive(worktree.id), 'it is there after a restart');
  const atRest = await leaksBelow(folder, secrets);
  await again.kill();
  const left = await leaksBelow(folder, secrets);
  for (const where of [atRest, left]) {
    expect(where.files).toBeGreaterThan(10);
    leaks.push(...where.leaks);
  }
  for (const place of [worktree.path, sandbox.repositories.shop.path, join(sandbox.dir, 'jean', 'projects'), jean.home])
    leaks.push(...(await leaksBelow(place, secrets)).leaks);
  leaks.push(...leaksIn('what was printed', again.printed.join(''), secrets));
  expect([...new Set(leaks)]).toEqual([]);

  const log = await readFile(join(userData, 'logs', 'main.log'), 'utf8');
  expect(log).not.toBe('');
});

/**
 * A life of remote access: grants made, used by link and by bearer, guessed at, rotated, sent by mail and revoked, and Jean's own token made
 * anew. Answers every secret that came of it.
 */
async function remoteAccessUsed(companion: Companion, { jean, ravi }: Sandbox): Promise<readonly string[]> {
  const address = await turnedOn(companion);
  const ana = await grantFor(companion, { person: 'Ana', role: 'owner', mail: 'ana@example.org' });
  const ben = await grantFor(companion, { person: 'Ben', oneTime: true });
  const { cookie } = await visit(linkOf(ana));
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, 'user-agent': `script ${token}` } });
  await fetch(`${address}/api/init?token=${ana.token}`);
  await fetch(`${address}/api/files/${ana.token}`, bearer(ana.token));
  await fetch(`${address}/api/auth?token=${ana.token}x&token=${ben.token}`);
  await fetch(`${address}/${ben.token}`, { headers: { cookie } });
  await companion.request('grants.send', { grantId: ana.grantId, over: 'email' });
  const claim = /jrc_[\w-]+/.exec(JSON.stringify(ravi.sent()))?.[0] ?? '';
  const rotated = (await companion.request('grants.rotate', { grantId: ana.grantId, graceMs: 60_000 })) as ShownGrant;
  await companion.request('grants.revoke', { grantIds: [ben.grantId] });
  await fetch(`${address}/api/auth`, bearer(ben.token));
  await companion.request('jeanToken.rotate', { instanceId: 'local' });
  const next = String(jean.preferences().http_server_token);
  const device = cookie.split('=')[1] ?? '';
  const secrets = [ana.token, ben.token, rotated.token, claim, device, next];
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(40);
  return secrets;
}

/**
 * A project gets an identity of its own: made, its password kept, shown and copied, its mail watched until GitHub's code has come, its token
 * taken and used. Answers the codes.
 */
async function identityUsed(companion: Companion, { github, ravi, repositories }: Sandbox): Promise<readonly string[]> {
  const { projectId, fullName } = repositories.api;
  const row = async (): Promise<IdentityView | undefined> => (await companion.state()).identities[projectId];
  await companion.request('identities.create', { projectId, name: 'Robin Agent', localPart: 'robin.agent' });
  await companion.request('identities.keepPassword', { projectId });
  const shown = (await companion.request('identities.password', { projectId })) as { readonly login: string };
  await companion.request('identities.copyPassword', { projectId });
  github.control.signUp(shown.login, (await row())?.identity?.address ?? '');
  await companion.request('identities.phone', { projectId, country: 'US' });
  const uuid = (await row())?.identity?.uuid ?? '';
  const sms = '40918273';
  ravi.incomingSms(uuid, { from: '+15550001111', body: `Your verification code is ${sms}` });
  await companion.request('identities.watch', { projectId, on: true });
  await soon(async () => (await row())?.inbox?.messages.flatMap(({ codes }) => codes).length ?? 0).toBe(2);
  const messages = (await row())?.inbox?.messages ?? [];
  const codes = messages.flatMap((message) => message.codes);
  expect(codes).toContain(sms);
  const mail = messages.find(({ over }) => over === 'mail');
  await companion.request('identities.copyCode', { projectId, message: mail?.id ?? '', nth: 0 });
  await companion.request('identities.watch', { projectId, on: false });
  github.control.confirm(shown.login, mail?.codes[0] ?? '');
  await companion.request('identities.login', { projectId, login: shown.login });
  const token = github.control.createFineGrainedToken(shown.login, {
    repositories: [fullName],
    permissions: { contents: 'write', pull_requests: 'write', issues: 'write', actions: 'read' },
    expiresAt: null,
  });
  await companion.app.evaluate(({ clipboard }, text) => clipboard.writeText(text), token);
  await companion.request('identities.token', { projectId });
  github.control.invite(fullName, shown.login);
  github.control.acceptInvitation(fullName, shown.login);
  await companion.request('identities.check', { projectId, step: 'invitation' });
  await companion.request('identities.use', { projectId });
  expect((await row())?.next).toBeNull();
  return codes;
}

/** The developer signs in to GitHub by a code, and changes their mind. */
async function signedInByCode(companion: Companion, { github, repositories }: Sandbox): Promise<void> {
  const { projectId } = repositories.shop;
  await companion.request('sources.signIn', { projectId });
  await soon(() => github.control.pendingDevices().length).toBe(1);
  await companion.open('Projects');
  await companion.request('sources.signIn.cancel', { projectId });
}
