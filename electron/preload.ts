import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import type { CompanionBridge, EventName, RequestName } from '../shared/ipc.ts';

// Written out so that zod stays out of the preload script; a name that is missing or left over does not compile.
const requestNames: Readonly<Record<RequestName, true>> = {
  'state.snapshot': true,
  'credentials.rotate': true,
  'credentials.revoke': true,
  'credentials.provision': true,
  'credentials.release': true,
  'credentials.releaseAll': true,
  'credentials.base': true,
  'leaving.remove': true,
  'leaving.quit': true,
  'credentials.revokeAll': true,
  'credentials.rotateAll': true,
  'credentials.look': true,
  'sessions.request': true,
  'sessions.answer': true,
  'sessions.message': true,
  'sessions.cancel': true,
  'sessions.archive': true,
  'sessions.archiveWorktree': true,
  'sessions.open': true,
  'leftovers.clean': true,
  'audit.page': true,
  'audit.export': true,
  'attribution.who': true,
  'attribution.pushes': true,
  'audit.verify': true,
  'setup.github': true,
  'setup.github.create': true,
  'setup.github.key': true,
  'setup.github.repositories': true,
  'setup.github.cancel': true,
  'setup.github.forget': true,
  'setup.ravi': true,
  'setup.ravi.cancel': true,
  'setup.ravi.forget': true,
  'setup.jean': true,
  'jeans.add': true,
  'jeans.describe': true,
  'jeans.remove': true,
  'jeans.restore': true,
  'setup.retry': true,
  'programs.look': true,
  'programs.install': true,
  'programs.remove': true,
  'projects.policy': true,
  'credentials.settings': true,
  'setup.trailers': true,
  'sources.take': true,
  'sources.remove': true,
  'sources.revoke': true,
  'sources.signIn': true,
  'sources.signIn.cancel': true,
  'settings.preferences': true,
  'settings.reset': true,
  'settings.export': true,
  'settings.import': true,
  'settings.take': true,
  'settings.folder': true,
  'setup.skip': true,
  'check.run': true,
  'check.stop': true,
  'setup.done': true,
  'sandbox.enter': true,
  'sandbox.leave': true,
  'notifications.mute': true,
  'notifications.page': true,
  'notifications.settings': true,
  'notifications.test': true,
  'notifications.jeanBanners': true,
  'channels.senders': true,
  'channels.choose': true,
  'channels.add': true,
  'channels.remove': true,
  'channels.verify': true,
  'channels.confirm': true,
  'channels.test': true,
  'channels.retry': true,
  'remote.turn': true,
  'remote.pause': true,
  'remote.choose': true,
  'remote.share': true,
  'remote.disconnect': true,
  'grants.create': true,
  'grants.rotate': true,
  'grants.extend': true,
  'grants.suspend': true,
  'grants.resume': true,
  'grants.revoke': true,
  'grants.send': true,
  'jeanToken.schedule': true,
  'jeanToken.rotate': true,
  'jeanToken.restart': true,
  'jeanToken.restartWay': true,
  'jeanToken.mend': true,
  'view.looking': true,
  'open.external': true,
};

const eventNames: Readonly<Record<EventName, true>> = {
  'state.patch': true,
  'view.show': true,
  'view.ask': true,
  'view.say': true,
};

const bridge: CompanionBridge = {
  request: (name, payload) =>
    Object.hasOwn(requestNames, name)
      ? ipcRenderer.invoke('companion:request', name, payload)
      : Promise.resolve({
          ok: false,
          error: { code: 'unknown-request', message: `There is no request "${name}".`, retryable: false },
        }),
  on: (name, listener) => {
    if (!Object.hasOwn(eventNames, name)) return () => undefined;
    const heard = (_event: IpcRendererEvent, sent: unknown, payload: unknown): void => {
      if (sent === name) listener(payload);
    };
    ipcRenderer.on('companion:event', heard);
    return () => {
      ipcRenderer.off('companion:event', heard);
    };
  },
};

contextBridge.exposeInMainWorld('companion', bridge);
