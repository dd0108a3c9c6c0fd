// A private Linux desktop for tests and the demo: its own X display, its own session bus, its own unlocked keyring. Nothing of the person's is touched.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { capture, Trouble } from './run.mjs';

const startLimitMs = 10_000;

/**
 * Starts the desktop; `ownDisplay: false` leaves programs on the display of the person. Resolves with the environment that puts a
 * program on it, and with `stop`, after which no process and no file of it is left. Throws Trouble when a part does not start.
 */
export async function startDesktop({ ownDisplay }) {
  // Short on purpose: sockets live in here, and a socket's path may have 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'jrc-desktop-'));
  const daemons = [];
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await end(daemon);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const display = ownDisplay ? await startDisplay(folder, daemons) : {};
    const bus = await startBus(folder, daemons);
    await startKeyring(folder, daemons, bus);
    // Chromium looks at the name: for XFCE it keeps safeStorage's key in this keyring and gives tray icons as pixels (for GNOME as files).
    return { env: { ...display, ...bus, XDG_CURRENT_DESKTOP: 'XFCE' }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// xvfb-run would do it as well, but leaves its server behind when it is killed, and guesses at free display numbers.
async function startDisplay(folder, daemons) {
  const authority = join(folder, 'xauthority');
  writeFileSync(authority, cookie(randomBytes(16)), { mode: 0o600 });
  const args = ['-displayfd', '3', '-screen', '0', '1440x960x24', '-nolisten', 'tcp', '-noreset', '-auth', authority];
  const server = start(daemons, 'Xvfb', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let number = '';
  server.process.stdio[3].on('data', (chunk) => {
    number += chunk;
  });
  await until(server, () => number.endsWith('\n'));
  return { DISPLAY: `:${number.trim()}`, XAUTHORITY: authority, WAYLAND_DISPLAY: undefined };
}

/** An Xauthority file with one MIT-MAGIC-COOKIE-1 that is good for any display (Xauthority format, libXau AuWrite: family 0xffff is a wildcard). */
function cookie(key) {
  const part = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  return Buffer.concat([
    Buffer.from([0xff, 0xff]),
    part(Buffer.alloc(0)),
    part(Buffer.alloc(0)),
    part(Buffer.from('MIT-MAGIC-COOKIE-1')),
    part(key),
  ]);
}

// Without service folders: nothing is started by being asked for, so only what a test brings answers on this bus.
async function startBus(folder, daemons) {
  const socket = join(folder, 'bus');
  const config = join(folder, 'bus.conf');
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>\n`,
  );
  const daemon = start(daemons, 'dbus-daemon', ['--nofork', '--nopidfile', '--nosyslog', `--config-file=${config}`]);
  await until(daemon, () => existsSync(socket));
  const address = `unix:path=${socket}`;
  // Also in the system bus's place, so that no app on this desktop hears that the real machine goes to sleep.
  return { DBUS_SESSION_BUS_ADDRESS: address, DBUS_SYSTEM_BUS_ADDRESS: address };
}

async function startKeyring(folder, daemons, bus) {
  const home = join(folder, 'keyring');
  mkdirSync(home, { mode: 0o700 });
  const env = {
    ...process.env,
    ...bus,
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_RUNTIME_DIR: home,
  };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'GNOME_KEYRING_CONTROL']) delete env[name];
  const args = ['--foreground', '--unlock', '--components=secrets', `--control-directory=${home}`];
  const daemon = start(daemons, 'gnome-keyring-daemon', args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  daemon.process.stdin.on('error', () => {});
  daemon.process.stdin.end('\n');
  const question = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner'];
  await until(daemon, async () =>
    (await capture('dbus-send', [...question, 'string:org.freedesktop.secrets'], { env })).output.includes('boolean true'),
  );
}

function start(daemons, name, args, { env = process.env, stdio = ['ignore', 'ignore', 'pipe'] } = {}) {
  // The kernel ends them with us, should we be killed before we can do it (setpriv is a part of util-linux, which every Debian has).
  const tied = existsSync('/usr/bin/setpriv');
  const [command, all] = tied ? ['/usr/bin/setpriv', ['--pdeathsig', 'TERM', '--', name, ...args]] : [name, args];
  const child = spawn(command, all, { env, stdio, detached: true });
  const daemon = { name, process: child, errors: '', ended: false };
  child.stderr.on('data', (chunk) => {
    daemon.errors = (daemon.errors + chunk).slice(-2_000);
  });
  child.on('error', (error) => {
    daemon.errors += error.message;
    daemon.ended = true;
  });
  child.on('exit', () => {
    daemon.ended = true;
  });
  daemons.push(daemon);
  return daemon;
}

async function until(daemon, isReady) {
  const deadline = Date.now() + startLimitMs;
  while (!(await isReady())) {
    if (daemon.ended || Date.now() > deadline)
      throw new Trouble(`${daemon.name} did not start: ${daemon.errors.trim() || 'no answer'}`);
    await sleep(20);
  }
}

async function end(daemon) {
  if (daemon.ended) return;
  daemon.process.kill('SIGTERM');
  for (let waited = 0; !daemon.ended && waited < 2_000; waited += 20) await sleep(20);
  if (!daemon.ended) daemon.process.kill('SIGKILL');
}
