import { readFile } from 'node:fs/promises';
import { type BrowserWindow, dialog, type OpenDialogOptions, shell } from 'electron';
import { z } from 'zod';
import type { LeavingReport, ParsedRequestOf } from '../shared/ipc.ts';
import { chainWords } from './audit/chain.ts';
import { exportAudit } from './audit/export.ts';
import { Secret } from './base/secret.ts';
import type { Programs } from './command-line/programs.ts';
import { identityAnswers } from './identity-requests.ts';
import { chosenId, type QuestionedCertificate } from './jeans.ts';
import { raviAddress, raviDashboard } from './ravi/client.ts';
import { remoteAnswers } from './remote-requests.ts';
import type { settingsAnswers } from './settings-requests.ts';
import type { ClipboardLoans } from './shell/clipboard-loans.ts';
import type { Handlers } from './shell/ipc.ts';
import { otherFolderQuestion } from './shell/other-folder.ts';
import type { StateStore } from './shell/state.ts';
import { certificateQuestion, goesOn, type ServerUse, serverQuestion, unusualHosts } from './shell/unusual-server.ts';
import type { Settings, SettingsFile } from './storage/settings.ts';
import type { World } from './world.ts';

/** What the answers need beside the world. */
export interface RequestsOptions {
  readonly world: () => World;
  readonly settings: () => SettingsFile;
  readonly state: StateStore;
  readonly window: () => BrowserWindow | undefined;
  readonly pageListens: () => void;
  readonly looking: (view: { readonly page: string; readonly sessionId: string | null }) => void;
  readonly programs: Programs;
  /** Deletes what git asks by where it has no way of its own. */
  readonly leaveGit: () => Promise<void>;
  /** Where `jean-ravi` goes from now on. */
  readonly programFolder: (folder: string) => void;
  readonly jeanGh: () => Promise<'jean' | 'path' | null>;
  /** What is kept of the first steps. */
  readonly firstRun: (change: (kept: Settings) => Partial<Settings>) => void;
  readonly enterSandbox: () => Promise<void>;
  readonly leaveSandbox: () => Promise<void>;
  readonly quit: () => void;
  readonly loans: ClipboardLoans;
  /** The requests about the settings as a whole. */
  readonly settingsAnswers: ReturnType<typeof settingsAnswers>;
  readonly now: () => number;
}

const longestKeyFile = 64 * 1024;
/** Servers that need no question: their addresses are ours, and not the page's. */
const githubHosts = ['api.github.com', 'github.com'];
const raviHosts = ['api.ravi.id', 'api.ravi.app', 'ravi.id'];
const uses = {
  key: {
    question: 'Use the private key of a GitHub App at',
    detail:
      'That server is shown signatures of the key, which open the App to whoever runs it, and git in worktrees pushes there.',
    yes: 'Choose the key…',
  },
  app: {
    question: 'Make a GitHub App at',
    detail: 'Your browser opens that server to sign in, and git in worktrees is to push there.',
    yes: 'Open it in the browser',
  },
  ravi: {
    question: 'Sign in to Ravi at',
    detail: 'The credentials of your worktrees are kept in the vault of that server.',
    yes: 'Sign in there',
  },
} satisfies Readonly<Record<string, ServerUse>>;

/** What main does for each request of the contract. */
export function answers(o: RequestsOptions): Handlers {
  return {
    'state.snapshot': () => {
      o.pageListens();
      return o.state.snapshot();
    },
    'credentials.rotate': ({ worktreeId }) => o.world().lifecycle.rotate(worktreeId),
    'credentials.revoke': ({ worktreeId }) => o.world().lifecycle.end(worktreeId, 'revoked-by-person'),
    'credentials.provision': ({ worktreeId }) => o.world().lifecycle.provision(worktreeId),
    'credentials.release': ({ worktreeId }) => o.world().lifecycle.end(worktreeId, 'released'),
    'credentials.revokeAll': async (wish) => {
      const { unverified, people, ...rest } = await o.world().revokeAll(wish);
      return {
        ...rest,
        unverified: [...unverified],
        people: people.map(({ projectName, kind, login, why }) => ({ projectName, kind, login, why })),
      };
    },
    'credentials.rotateAll': async () => {
      const { worktrees, kept } = await o.world().rotateAll();
      return { worktrees, kept: [...kept] };
    },
    'credentials.releaseAll': async () => {
      const { released, left } = await o.world().leaving.releaseAll();
      return { released, left: [...left] };
    },
    'credentials.base': ({ worktreeId }) => o.world().provisioning.provisionBase(worktreeId),
    'leaving.remove': () => leaveEverything(o),
    'leaving.quit': () => o.quit(),
    'credentials.look': ({ worktreeId }) => o.world().reconciler.look(worktreeId),
    'sessions.request': ({ sessionId }) => o.world().acting.request(sessionId),
    'sessions.answer': ({ sessionId, fingerprint, answer }) => o.world().acting.answer(sessionId, fingerprint, answer),
    'sessions.message': async ({ sessionId, text, messageId }) => ({
      queued: await o.world().acting.message(sessionId, text, messageId),
    }),
    'sessions.cancel': ({ sessionId }) => o.world().acting.cancel(sessionId),
    'sessions.archive': ({ sessionId }) => o.world().acting.archive(sessionId),
    'sessions.archiveWorktree': ({ sessionId }) => o.world().acting.archiveWorktree(sessionId),
    'sessions.open': async ({ sessionId }) => ({ message: (await o.world().acting.open(sessionId)).message }),
    'leftovers.clean': ({ id }) => o.world().reconciler.clean(id),
    'audit.page': ({ filter, before, limit }) => o.world().audit.page(filter, before, limit),
    'attribution.who': ({ query }) => o.world().origins.who(query),
    'attribution.pushes': ({ worktreeId }) => o.world().origins.pushesOf(worktreeId),
    'audit.verify': async () => {
      const check = await o.world().audit.verify();
      return { ok: check.ok, count: check.count, message: chainWords(check) };
    },
    'audit.export': async ({ filter }) => {
      const day = new Date(o.now()).toISOString().slice(0, 10);
      const options = { title: 'Export the audit log', defaultPath: `companion-audit-${day}.jsonl` };
      const window = o.window();
      const { filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
      if (!filePath) return null;
      const { count } = await exportAudit({ log: o.world().audit, filter, path: filePath, now: o.now });
      return { path: filePath, count };
    },
    'setup.github': async (request) => {
      const { apiUrl, webUrl } = request;
      if (!(await mayUse(o.window(), unusualHosts([apiUrl, webUrl], githubHosts), uses.key))) return null;
      const pem = await chooseKey(o.window(), apiUrl === null ? 'api.github.com' : new URL(apiUrl).host);
      return pem && { slug: await o.world().accounts.connectGitHub(request, pem) };
    },
    'setup.github.create': async (request) => {
      if (!(await mayUse(o.window(), unusualHosts([request.apiUrl, request.webUrl], githubHosts), uses.app))) return null;
      const slug = await o.world().accounts.createGitHubApp(request, (url) => shell.openExternal(url));
      return slug === null ? null : { slug };
    },
    'setup.github.key': async () => {
      const pem = await chooseKey(o.window(), new URL(o.world().github.apiUrl).host);
      return pem && { fingerprint: await o.world().accounts.replaceKey(pem) };
    },
    'setup.github.repositories': async ({ installationId }) => {
      const { total, names } = await o.world().github.repositoriesOf(Number(installationId));
      return { total, names: [...names] };
    },
    'setup.github.cancel': () => o.world().github.cancelCreate(),
    'setup.github.forget': () => o.world().accounts.disconnectGitHub(),
    'setup.ravi': async ({ baseUrl }) => {
      const { raviAccount } = o.world();
      const hosts = unusualHosts([baseUrl && raviAddress(baseUrl)], raviHosts);
      if (await mayUse(o.window(), hosts, uses.ravi)) await raviAccount.signIn(baseUrl);
    },
    'setup.ravi.cancel': () => o.world().ravi.signingIn.cancel(),
    'setup.ravi.forget': () => o.world().raviAccount.signOut(),
    'ravi.cli.look': () => o.world().raviAccount.lookAtCli(),
    'ravi.cli.take': () => o.world().raviAccount.takeCli(),
    'ravi.key': () => o.loans.take((key) => o.world().raviAccount.paste(key)),
    'ravi.address': async ({ address }) => {
      const hosts = unusualHosts([address && raviAddress(address)], raviHosts);
      if (!(await mayUse(o.window(), hosts, uses.ravi))) return false;
      await o.world().ravi.setAddress(address);
      return true;
    },
    'ravi.choose': ({ identity }) => o.world().raviAccount.choose(identity),
    'ravi.look': () => o.world().ravi.signingIn.look(),
    'ravi.create': (wanted) => o.world().raviAccount.create(wanted),
    'ravi.makeKey': () => o.world().ravi.makeKey(),
    'ravi.keepIn': ({ place }) => o.world().raviAccount.keepIn(place),
    'ravi.abandon': () => o.world().raviAccount.abandon(),
    'setup.jean': async () => {
      const folder = await choose(o.window(), {
        title: 'Choose Jean’s data folder',
        properties: ['openDirectory', 'showHiddenFiles'],
      });
      if (folder === null) return false;
      const { jeans } = o.world();
      if (!(await mayTakeItsPlace(o, { id: chosenId, before: jeans.chosenFolder, folder }))) return false;
      jeans.keepAt(folder);
      return true;
    },
    'jeans.add': () => o.loans.take((copied) => o.world().jeans.add(copied, (it) => mayTrust(o.window(), it))),
    'jeans.describe': ({ id, name, colour }) => o.world().jeans.describe(id, { name, colour }),
    'jeans.remove': ({ id }) => o.world().jeans.remove(id),
    'jeans.restore': () => o.world().jeans.restore(),
    'setup.retry': async ({ service }) => {
      if (service === 'jean') return o.world().nudge();
      if (service === 'ravi') await o.world().ravi.check();
      else await o.world().accounts.checkGitHub();
      o.world().lifecycle.retryAll();
      void o.world().reconciler.run();
    },
    'programs.look': async () => ({ programs: await o.programs.look(), jeanGh: await o.jeanGh() }),
    'programs.install': async ({ name, choose: asked }) => {
      if (asked) {
        const folder = await choose(o.window(), {
          title: `Choose a folder for ${name}`,
          properties: ['openDirectory', 'showHiddenFiles'],
        });
        if (folder === null) return false;
        o.programFolder(folder);
      }
      await o.programs.install(name);
      return true;
    },
    'programs.remove': ({ name }) => o.programs.remove(name),
    'projects.policy': ({ projectId, policy }) => o.world().projects.policies.set(projectId, policy),
    'credentials.settings': (settings) => o.world().projects.policies.setLife(settings),
    'setup.trailers': async ({ on }) => {
      const done = o.world().origins.setTrailers(on);
      const { app } = o.state.state.app;
      if (app) o.state.apply([{ collection: 'app', id: 'app', value: { ...app, trailers: o.settings().get().trailers } }]);
      await done;
    },
    'sources.take': async ({ projectId, from }) => {
      const sources = o.world().sources;
      if (from.place === 'clipboard')
        return { login: await o.loans.take((token) => sources.take(projectId, token, 'the clipboard')) };
      const vault = o.world().ravi.vault;
      if (!vault) throw new Error('You are not signed in to Ravi. Sign in under Settings, or take the token from the clipboard.');
      const token = await vault.get(from.key);
      if (!token) throw new Error(`Ravi’s vault has no entry ${from.key}.`);
      return { login: await sources.take(projectId, token, `${from.key} in ${vault.label}`) };
    },
    'sources.remove': ({ projectId }) => o.world().sources.remove(projectId),
    'sources.revoke': ({ projectId, source }) => o.world().sources.revoke(projectId, source),
    'sources.signIn': ({ projectId }) => o.world().sources.signIn(projectId),
    'sources.signIn.cancel': ({ projectId }) => o.world().sources.cancelSignIn(projectId),
    ...o.settingsAnswers,
    ...identityAnswers(() => o.world().identities, o.loans),
    ...remoteAnswers({ remote: () => o.world().remote, window: o.window }),
    'setup.skip': ({ step, skipped }) =>
      o.firstRun(({ skipped: kept }) => ({ skipped: [...kept.filter((one) => one !== step), ...(skipped ? [step] : [])] })),
    'check.run': ({ projectId }) => o.world().provisioning.startCheck(projectId),
    'check.stop': () => o.world().provisioning.check.stop(),
    'setup.done': () => o.firstRun(() => ({ firstRunDone: true })),
    'sandbox.enter': () => o.enterSandbox(),
    'sandbox.leave': () => o.leaveSandbox(),
    'notifications.mute': ({ until }) => o.world().notices.mute(until),
    'notifications.page': ({ filter, before, limit }) => o.world().notices.page(filter, before, limit),
    'notifications.settings': (settings) => o.world().notices.choose(settings),
    'notifications.test': ({ kind, channel }) => o.world().notices.test(kind, channel),
    'notifications.jeanBanners': ({ off }) => o.world().notices.wantBannersOff(off),
    'channels.senders': () => o.world().channels.senders(),
    'channels.choose': ({ channel, choice }) => o.world().channels.choose(channel, choice),
    'channels.add': ({ channel, address }) => o.world().channels.add(channel, address),
    'channels.remove': ({ channel, address }) => o.world().channels.remove(channel, address),
    'channels.verify': ({ channel, address }) => o.world().channels.verify(channel, address),
    'channels.confirm': ({ channel, address, code }) => o.world().channels.confirm(channel, address, code),
    'channels.test': ({ channel }) => o.world().channels.test(channel),
    'channels.retry': ({ channel }) => o.world().channels.retry(channel),
    'view.looking': (view) => o.looking(view),
    'open.external': async (wanted) => {
      const address = addressOf(o, wanted);
      if (address === null || !webAddress.safeParse(address).success) throw new Error('There is no page to open for that.');
      await shell.openExternal(address);
    },
  };
}

/** Worktrees, vault and accounts first: as long as something of those is left, `jean-ravi` may still be of use. */
async function leaveEverything(o: RequestsOptions): Promise<LeavingReport> {
  if (o.state.state.app.app?.mode === 'sandbox')
    throw new Error('This is the sandbox. Leave it first, then take out what is yours.');
  const remote = await o.world().remote.leave();
  const { parts, done } = await o.world().leaving.leave(remote === null ? [] : [remote]);
  if (!done) return { parts, done };
  await o.leaveGit();
  const programs = await o.programs.removeAll();
  return { parts: [...parts, programs], done: programs.done };
}

const webAddress = z.url({ protocol: /^https?$/ });

function addressOf(o: RequestsOptions, { target, worktreeId, projectId }: ParsedRequestOf<'open.external'>): string | null {
  switch (target) {
    case 'pull':
      return (worktreeId && o.state.state.worktrees[worktreeId]?.pull?.url) || null;
    case 'ravi-login':
      return o.state.state.services.ravi?.login?.url ?? null;
    case 'ravi-dashboard':
      return raviDashboard;
    case 'github-installation':
      return o.world().github.installUrl;
    case 'github-app':
      return o.world().github.settingsUrl;
    case 'github-login':
      return projectId && o.world().sources.loginPage(projectId);
    case 'token-form':
      return projectId && o.world().sources.formPage(projectId);
    default:
      return target satisfies never;
  }
}

/** Whether the person lets a key or a vault be used at servers that are none of the usual ones. */
async function mayUse(window: BrowserWindow | undefined, hosts: readonly string[], use: ServerUse): Promise<boolean> {
  if (hosts.length === 0) return true;
  const options = serverQuestion(hosts, use);
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  return response === goesOn;
}

/** Whether the person takes a certificate that nobody vouches for as this server's. */
async function mayTrust(window: BrowserWindow | undefined, certificate: QuestionedCertificate): Promise<boolean> {
  const options = certificateQuestion(certificate);
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  return response === goesOn;
}

/** Whether the person lets one data folder take the place of another that is watched. */
async function mayTakeItsPlace(
  { state, window }: RequestsOptions,
  folders: Parameters<typeof otherFolderQuestion>[1],
): Promise<boolean> {
  const options = otherFolderQuestion(state.state, folders);
  if (options === null) return true;
  const native = window();
  const { response } = await (native ? dialog.showMessageBox(native, options) : dialog.showMessageBox(options));
  return response === goesOn;
}

/** The key from the file that the person picks; `host` is where it will be used. Null: cancelled. */
async function chooseKey(window: BrowserWindow | undefined, host: string): Promise<Secret | null> {
  const path = await choose(window, {
    title: `Choose the App’s private key, for ${host}`,
    properties: ['openFile'],
    filters: [{ name: 'Private key', extensions: ['pem'] }],
  });
  if (path === null) return null;
  const pem = await readFile(path, 'utf8');
  if (pem.length > longestKeyFile)
    throw new Error('That file is too long for a private key. GitHub’s file ends in .private-key.pem.');
  return Secret.of(pem);
}

async function choose(window: BrowserWindow | undefined, options: OpenDialogOptions): Promise<string | null> {
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return filePaths[0] ?? null;
}
