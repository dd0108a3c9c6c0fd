import { mkdirSync } from 'node:fs';
import { homedir, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, Menu, Notification, nativeImage, net, powerMonitor, session, shell, Tray } from 'electron';
import log from 'electron-log/main';
import type { AppView, StateChange } from '../shared/model.ts';
import { soundOf } from '../shared/sounds.ts';
import { redact } from './base/redact.ts';
import { commandAnswers } from './command-line/handlers.ts';
import { commandSocket, leaveCommandSocket } from './command-line/protocol.ts';
import { type CommandServer, listenForCommands } from './command-line/server.ts';
import { commandServices, companionPrograms } from './commands.ts';
import { crashWanted } from './crash-wanted.ts';
import { leaveDoors } from './credentials/door-paths.ts';
import { placeGitProgram, removeGitProgram } from './git-program.ts';
import { dataFolders } from './jean/discover.ts';
import { ghSourceOf } from './jean/gh-source.ts';
import { NativeChannel } from './notifications/channels.ts';
import type { Looking } from './notifications/routing.ts';
import { waveOf } from './notifications/tone.ts';
import { ownDatabase } from './own-database.ts';
import { openOwnSecrets, openOwnSettings, opensWindow, ownSettings } from './own-settings.ts';
import { answers } from './requests.ts';
import { clearSandbox, enterSandbox, type SandboxMode } from './sandbox-mode.ts';
import { nameApp } from './shell/app-name.ts';
import { clipboardLoans } from './shell/clipboard.ts';
import { answerPage } from './shell/ipc.ts';
import { raiseJean } from './shell/jean-window.ts';
import { Lanes } from './shell/lanes.ts';
import { Network } from './shell/network.ts';
import { outsideFetch } from './shell/outside-fetch.ts';
import { PresenceOfPerson } from './shell/presence.ts';
import { guardContents, guardSession, registerScheme } from './shell/security.ts';
import { Sounds } from './shell/sounds.ts';
import { SpareMemory } from './shell/spare-memory.ts';
import { StateStore } from './shell/state.ts';
import { type TrayRequest, TrayView } from './shell/tray.ts';
import { trayIconFiles } from './shell/tray-icons.ts';
import { trayModel } from './shell/tray-model.ts';
import { MainWindow } from './shell/window.ts';
import type { Db } from './storage/database.ts';
import { storageTrouble } from './storage-trouble.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world-options.ts';

/** The other half of the roof: Electron's life and the shell. Services are put together in world.ts. */

const here = dirname(fileURLToPath(import.meta.url));
const icons = join(app.getAppPath(), 'build', 'icons');
const now = (): number => Date.now();
/** The tray's words hold minutes, so it is drawn anew once a minute, and at once when something changes. */
const trayEveryMs = 60_000;
const quitWithinMs = 5_000;

nameApp(app, process.platform);
registerScheme();
guardContents();
log.initialize({ preload: false });
log.transports.file.level = 'info';
log.hooks.push((message) => ({ ...message, data: message.data.map((part) => redact(String(part))) }));
const report = (what: string, error: unknown): void =>
  log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
process.on('unhandledRejection', (error) => report('Unhandled', error));
process.on('uncaughtException', (error) => report('Uncaught', error));

if (app.requestSingleInstanceLock()) void app.whenReady().then(start).catch(cannotStart);
else app.quit();

function cannotStart(error: unknown): void {
  report('The companion can’t start', error);
  dialog.showErrorBox('Jean Ravi Companion can’t start', error instanceof Error ? error.message : String(error));
  app.exit(1);
}

async function start(): Promise<void> {
  log.info(`Version ${app.getVersion()} on Electron ${process.versions.electron}, ${process.platform}.`);
  const folder = app.getPath('userData');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const opened = openOwnSettings(folder, now);
  const { settings, managed, problem } = opened;
  const problems: string[] = problem ? [problem.message] : [];
  const tell = (message: string): void => void problems.push(message);
  const box = await openOwnSecrets(folder, now, tell);
  const state = new StateStore();
  const publish = (changes: readonly StateChange[]): void => state.apply(changes);
  const db = ownDatabase(folder, now, tell, storageTrouble({ world: () => world, publish, log: log.warn, now }));
  for (const message of [...problems, managed.problem]) if (message) log.warn(message);
  guardSession(session.defaultSession, join(here, '..', 'renderer'));

  const socket = commandSocket(folder);
  // What is mounted from an AppImage is gone when it quits.
  const program = { app: process.env.APPIMAGE ?? process.execPath, appArguments: app.isPackaged ? [] : [app.getAppPath()] };
  const gitProgram = await placeGitProgram({ ...program, platform: process.platform, folder });
  await clearSandbox(folder).catch((error: unknown) => report('The sandbox of a crash', error));
  let sandbox: SandboxMode | null = null;
  let sandboxDb: Db | null = null;
  let looking: Omit<Looking, 'windowFocused'> = { page: null, sessionId: null };

  const showApp = (): void => {
    const view: AppView = {
      id: 'app',
      version: app.getVersion(),
      electron: process.versions.electron ?? '',
      platform: process.platform,
      mode: sandbox ? 'sandbox' : 'live',
      firstRunDone: (sandbox?.settings ?? settings).get().firstRunDone,
      skipped: (sandbox?.settings ?? settings).get().skipped,
      auditHead: world.audit.head(),
      trailers: (sandbox?.settings ?? settings).get().trailers,
    };
    state.apply([{ collection: 'app', id: 'app', value: view }]);
  };

  const spare = new SpareMemory();
  const window = new MainWindow({
    preload: join(here, '..', 'preload', 'preload.cjs'),
    icon: join(icons, 'app.png'),
    remembered: () => settings.get().window,
    remember: (bounds) => void settings.update({ window: { ...bounds } }),
    onClosed: () => {
      looking = { page: null, sessionId: null };
      spare.giveBack();
    },
  });

  const sounds = new Sounds({
    folder: join(folder, 'sounds'),
    platform: process.platform,
    env: process.env,
    waveOf,
    log: log.warn,
  });
  const soundSettings = () => (sandbox?.settings ?? settings).get().notifications.sounds;
  const native = new NativeChannel({
    create: (options) => new Notification({ ...options, icon: join(icons, 'app.png') }),
    isSupported: () => Notification.isSupported(),
    soundOf: ({ kind }) => soundOf(soundSettings(), kind),
    canPlay: () => sounds.limit === null,
    play: (tone) => sounds.play(tone, soundSettings().volume),
    buttons: [{ text: 'Mute for 1 hour', press: () => world.notices.mute('hour') }],
    now,
    onClick: ({ page, id }) => {
      world.notices.onLooking(page, id);
      window.show(page, id);
    },
  });
  const presence = new PresenceOfPerson({ power: powerMonitor, platform: process.platform, env: process.env });

  const outside = outsideFetch({
    session: session.fromPartition('outside', { cache: false }),
    request: (options) => net.request(options),
    lanes: new Lanes((lane) => session.fromPartition(`outside-${lane}`, { cache: false })),
  });
  const worldOn = (base: Pick<WorldOptions, 'folder' | 'db' | 'settings' | 'box' | 'jeanFolders' | 'ownHome'>): World => {
    const made = new World({
      ...base,
      // A world that was exchanged may still have a call under way; what comes of it is not this one's.
      publish: (changes) => {
        if (world === made) state.apply(changes);
      },
      desk: {
        send: (notice) => native.send(notice),
        withdraw: (id) => native.withdraw(id),
        looking: () => ({ ...looking, windowFocused: window.focused }),
        presence: (front) => presence.ask(front),
        limits: () => ({ ...presence.limits(), sound: sounds.limit }),
      },
      jeanWindow: { raise: () => raiseJean(process.platform), browse: (url) => shell.openExternal(url) },
      log: (message) => log.info(message),
      fetch: outside,
      now,
      gitProgram,
      boundary: crashWanted(),
    });
    made.audit.onAppend(showApp);
    return made;
  };
  const jeanFolders = dataFolders(process.env, process.platform, homedir());
  let world = worldOn({ folder, db, settings, box, jeanFolders, ownHome: true });

  /** What is before the person's eyes needs not be told again elsewhere. */
  const tellLooking = (): void => {
    const { page, sessionId } = looking;
    if (page !== null && window.focused && (page !== 'sessions' || sessionId !== null)) world.notices.onLooking(page, sessionId);
  };

  /** Exchanges the world under the shell: the page and the tray see an empty state, then the new one. */
  async function exchange(next: () => Promise<World>): Promise<void> {
    await world.stop();
    world = await next();
    state.reset();
    showApp();
    own.preferences.publish();
    await world.start();
    world.publishAll();
  }

  let exchanged: Promise<void> = Promise.resolve();
  /** One after the other: a second click must not start a second sandbox. */
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    exchanged = exchanged.then(change, change);
    return exchanged;
  };

  const own = ownSettings({
    opened,
    problems,
    folder,
    program,
    world: () => world,
    inUse: () => sandbox?.settings ?? settings,
    window: () => window.native,
    openWindow: () => window.open(),
    publish: (value) => state.apply([{ collection: 'preferences', id: value.id, value }]),
    changed: showApp,
    report,
    now,
  });
  const loans = clipboardLoans(() => (sandbox ? null : box), report);
  void loans.recover();
  const stopAnswering = answerPage(
    answers({
      world: () => world,
      settings: () => sandbox?.settings ?? settings,
      state,
      window: () => window.native,
      pageListens: () => window.pageListens(),
      looking: (view) => {
        looking = view;
        tellLooking();
      },
      programs: companionPrograms({
        folder,
        home: homedir(),
        ...program,
        socket,
        chosen: () => settings.get().commandLineFolder,
      }),
      programFolder: (commandLineFolder) => void settings.update({ commandLineFolder }),
      jeanGh: () => ghSourceOf(world.jeans.folders()),
      leaveGit: () => removeGitProgram(gitProgram),
      firstRun: (change) => {
        const kept = sandbox?.settings ?? settings;
        kept.update(change(kept.get()));
        showApp();
      },
      settingsAnswers: own.answers,
      quit: () => app.quit(),
      loans,
      enterSandbox: () =>
        inTurn(async () => {
          if (sandbox) return;
          const entered = await enterSandbox(join(here, 'sandbox.js'), folder, now);
          sandbox = entered;
          sandboxDb = ownDatabase(entered.folder, now, log.warn);
          const base = { folder: entered.folder, db: sandboxDb, settings: entered.settings, box: entered.box, ownHome: false };
          await exchange(async () => worldOn({ ...base, jeanFolders: [entered.jeanFolder] }));
        }),
      leaveSandbox: () =>
        inTurn(async () => {
          if (!sandbox) return;
          const left = sandbox;
          await loans.end();
          await exchange(async () => {
            sandbox = null;
            sandboxDb?.close();
            await left.stop();
            return worldOn({ folder, db, settings, box, jeanFolders, ownHome: true });
          });
        }),
      now,
    }),
    report,
  );

  let commandLine: CommandServer | undefined;
  const listen = async (): Promise<void> => {
    commandLine = await listenForCommands({
      path: socket,
      ...commandAnswers(commandServices({ world: () => world, state, now })),
      onError: (command, error) => report(`Command ${command}`, error),
    });
  };

  const files = trayIconFiles(join(icons, 'tray'), process.platform);
  const tray = new TrayView({
    createTray: (image: Electron.NativeImage) => new Tray(image),
    buildMenu: (template) => Menu.buildFromTemplate(template),
    icons: {
      offline: nativeImage.createFromPath(files.offline),
      idle: nativeImage.createFromPath(files.idle),
      running: nativeImage.createFromPath(files.running),
      attention: nativeImage.createFromPath(files.attention),
      error: nativeImage.createFromPath(files.error),
    },
    onAction: onTray,
    platform: process.platform,
  });
  function onTray(action: TrayRequest): void {
    switch (action.type) {
      case 'open':
        return window.open(action.bounds ?? undefined);
      case 'page':
        return window.show(action.page, null);
      case 'show':
        return window.show('sessions', action.sessionId);
      case 'open-in-jean':
        return void openInJean(action.sessionId);
      case 'rotate':
        return void world.lifecycle.rotate(action.worktreeId).catch((error: unknown) => report('Rotate', error));
      case 'remote-pause':
        return world.remote.pause(action.paused);
      case 'revoke-all':
        return window.ask('revoke-all');
      case 'mute':
        return world.notices.mute(action.until);
      case 'leave':
        return window.ask('leave');
      case 'quit':
        return app.quit();
      default:
        return action satisfies never;
    }
  }
  /** Where Jean can't be brought before the person, the window says how far it went. */
  async function openInJean(sessionId: string): Promise<void> {
    try {
      const { message, inFront } = await world.acting.open(sessionId);
      if (!inFront) window.say({ tone: 'done', text: message, sessionId });
    } catch (error) {
      window.say({ tone: 'failed', text: error instanceof Error ? error.message : String(error), sessionId });
    }
  }
  const drawTray = (): void => tray.render(trayModel(state.state, now()));
  const trayTimer = setInterval(drawTray, trayEveryMs);
  state.subscribe((patch) => {
    window.send('state.patch', { seq: patch.seq, changes: [...patch.changes] });
    drawTray();
  });

  app.on('second-instance', () => window.open());
  app.on('activate', () => window.open());
  // A tray app: closing its window ends nothing.
  app.on('window-all-closed', () => undefined);
  // Perhaps the person comes from GitHub, where the App was given more repositories.
  app.on('browser-window-focus', () => {
    world.projects.glance();
    tellLooking();
  });
  powerMonitor.on('resume', () => world.nudge());
  powerMonitor.on('unlock-screen', () => world.nudge());
  const network = new Network({
    isOnline: () => net.isOnline(),
    addresses: () =>
      Object.values(networkInterfaces()).flatMap((all) => (all ?? []).flatMap((one) => (one.internal ? [] : one.address))),
    onReturn: () => world.nudge(),
  });

  let quitting = false;
  app.on('before-quit', (event) => {
    if (quitting) return;
    quitting = true;
    event.preventDefault();
    const late = setTimeout(() => app.exit(0), quitWithinMs);
    void stop().finally(() => {
      clearTimeout(late);
      app.exit(0);
    });
  });

  async function stop(): Promise<void> {
    clearInterval(trayTimer);
    network.stop();
    stopAnswering();
    await loans.end();
    own.preferences.stop();
    await commandLine?.close();
    await leaveCommandSocket(folder);
    window.close();
    await world.stop().catch((error: unknown) => report('Stopping', error));
    await leaveDoors(folder);
    await sandbox?.stop();
    native.close();
    tray.dispose();
    db.close();
  }

  showApp();
  await own.preferences.start();
  await listen().catch((error: unknown) => report('The command line', error));
  await world.start();
  world.publishAll();
  drawTray();
  spare.giveBack();
  if (opensWindow(settings)) window.open();
}
