import { type BrowserWindow, dialog, type MessageBoxOptions, type OpenDialogOptions } from 'electron';
import type { ParsedRequestOf, RequestName } from '../shared/ipc.ts';
import type { RestartWay, TlsChoice } from '../shared/remote-settings.ts';
import type { Remote } from './remote.ts';
import { restartWords } from './remote-access/restart.ts';
import type { Handlers } from './shell/ipc.ts';

type RemoteRequest = Extract<RequestName, `remote.${string}` | `grants.${string}` | `jeanToken.${string}`>;

export interface RemoteRequestsOptions {
  readonly remote: () => Remote;
  readonly window: () => BrowserWindow | undefined;
}

/** What main does for each request about remote access. */
export function remoteAnswers({ remote, window }: RemoteRequestsOptions): Pick<Handlers, RemoteRequest> {
  return {
    'remote.turn': ({ on }) => remote().turn(on),
    'remote.pause': ({ paused }) => remote().pause(paused),
    'remote.choose': async (wish) => {
      const tls = await tlsFrom(wish, remote().settings.tls, window());
      if (tls === null) return false;
      remote().choose({ bind: wish.bind, hosts: wish.hosts, tls });
      return true;
    },
    'remote.share': ({ instanceId, shared, port }) => remote().share(instanceId, { shared, port }),
    'remote.disconnect': ({ connectionId }) => remote().disconnect(connectionId),
    'grants.create': (wish) => remote().create(wish),
    'grants.rotate': ({ grantId, graceMs }) => remote().rotate(grantId, graceMs),
    'grants.extend': ({ grantId, lifeMs }) => remote().extend(grantId, lifeMs),
    'grants.suspend': ({ grantId }) => remote().grants.suspend(grantId),
    'grants.resume': ({ grantId }) => remote().grants.resume(grantId),
    'grants.revoke': ({ grantIds }) => remote().grants.revoke(grantIds),
    'grants.send': ({ grantId, over }) => remote().send(grantId, over),
    'jeanToken.schedule': ({ every, quietHour }) => remote().schedule({ every, hour: quietHour }),
    'jeanToken.rotate': ({ instanceId }) => remote().tokens.rotate(instanceId),
    'jeanToken.restart': ({ instanceId, ending }) => remote().tokens.restart(instanceId, ending),
    'jeanToken.restartWay': async ({ instanceId, way }) => {
      if (way !== null && !(await mayRun(way, window()))) return false;
      remote().setInstance(instanceId, { restart: way });
      return true;
    },
    'jeanToken.mend': ({ instanceId, warning }) => remote().tokens.mend(instanceId, warning),
  };
}

async function tlsFrom(
  { tls }: ParsedRequestOf<'remote.choose'>,
  before: TlsChoice,
  window: BrowserWindow | undefined,
): Promise<TlsChoice | null> {
  if (tls === 'same') return before;
  if (tls !== 'files') return { kind: tls };
  const certificate = await choose(window, {
    title: 'Choose the certificate, with its chain',
    properties: ['openFile'],
    filters: [{ name: 'Certificate', extensions: ['pem', 'crt', 'cer'] }],
  });
  if (certificate === null) return null;
  const key = await choose(window, {
    title: 'Choose the certificate’s key',
    properties: ['openFile'],
    filters: [{ name: 'Private key', extensions: ['pem', 'key'] }],
  });
  return key === null ? null : { kind: 'files', certificate, key };
}

/** What the page names is run by main, so the person confirms it where the page can't. */
async function mayRun(way: RestartWay, window: BrowserWindow | undefined): Promise<boolean> {
  // What can't be run is said before it is asked for.
  const { program, words } = restartWords(way);
  const command = way.kind === 'systemd' ? [program, ...words].join(' ') : way.command;
  const options: MessageBoxOptions = {
    type: 'question',
    message: 'Restart Jean with this command?',
    detail: `${command}\n\nIt runs as you, each time that Jean is to restart.`,
    buttons: ['Cancel', 'Use it'],
    defaultId: 0,
    cancelId: 0,
  };
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  return response === 1;
}

async function choose(window: BrowserWindow | undefined, options: OpenDialogOptions): Promise<string | null> {
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return filePaths[0] ?? null;
}
