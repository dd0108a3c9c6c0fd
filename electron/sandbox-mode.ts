import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { utilityProcess } from 'electron';
import { z } from 'zod';
import { Secret } from './base/secret.ts';
import { passingCipher } from './storage/passing-cipher.ts';
import { openSecretBox, type SecretBox } from './storage/secret-box.ts';
import { openSettings, type SettingsFile } from './storage/settings.ts';

const readyMessage = z.object({
  type: z.literal('ready'),
  addresses: z.object({
    dataHome: z.string(),
    raviUrl: z.url(),
    raviManagementKey: z.string(),
    raviIdentityUuid: z.string(),
    githubUrl: z.url(),
    appId: z.number(),
    appSlug: z.string(),
    appPemPath: z.string(),
  }),
});

/** A running sandbox with everything that a world of services needs, all of it gone after `stop`. */
export interface SandboxMode {
  readonly folder: string;
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  readonly jeanFolder: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
/** What a sandbox's folders are called: ours, and that of its servers. */
const [ours, servers] = ['jrc-', 'jean-ravi-sandbox-'] as const;
const isOfSandbox = (folder: string): boolean => /^(?:jrc|jean-ravi-sandbox)-[A-Za-z0-9]{6}$/.test(basename(folder));
/** In the person's data folder while a sandbox is there: where it is, a folder a line. */
const noteIn = (userData: string): string => join(userData, 'sandbox-folder');

/** Deletes the sandbox that a crash has left. */
export async function clearSandbox(userData: string): Promise<void> {
  const note = await readFile(noteIn(userData), 'utf8').catch(() => null);
  if (note === null) return;
  // Whatever stands there: nothing is deleted that does not have the name of a sandbox.
  for (const folder of note.split('\n').filter(isOfSandbox)) await rm(folder, { recursive: true, force: true });
  await rm(noteIn(userData), { force: true });
}

/** Starts the sandbox's servers in a process of their own and writes settings and keys for them, apart from the person's. */
export async function enterSandbox(program: string, userData: string, now: () => number): Promise<SandboxMode> {
  const folder = await mkdtemp(join(tmpdir(), ours));
  const dir = await mkdtemp(join(tmpdir(), servers));
  await writeFile(noteIn(userData), `${folder}\n${dir}`, { mode: 0o600 });
  const child = utilityProcess.fork(program, ['--seed', '--story', '--dir', dir], { serviceName: 'Sandbox', stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await rm(folder, { recursive: true, force: true });
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
    // It has deleted its folder itself, unless it was slow.
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    await rm(noteIn(userData), { force: true });
  };
  try {
    const { addresses } = await ready(child, ended);
    const { settings } = openSettings({ folder, now });
    // What belongs to the sandbox never reaches the person's key store.
    const box = await openSecretBox({
      file: join(folder, 'secrets.json'),
      cipher: passingCipher('a key of this sandbox alone'),
      now,
    });
    await box.put('github:app-key', Secret.of(await readFile(addresses.appPemPath, 'utf8')));
    await box.put('ravi:management-key', Secret.of(addresses.raviManagementKey));
    settings.update({
      github: {
        appId: String(addresses.appId),
        apiUrl: addresses.githubUrl,
        webUrl: addresses.githubUrl,
        slug: addresses.appSlug,
      },
      ravi: { baseUrl: addresses.raviUrl, identityUuid: addresses.raviIdentityUuid, identityName: 'Acme Agents' },
      firstRunDone: true,
    });
    return { folder, settings, box, jeanFolder: join(addresses.dataHome, 'com.jean.desktop'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(child: Electron.UtilityProcess, ended: Promise<void>): Promise<z.infer<typeof readyMessage>> {
  const message = new Promise<unknown>((resolve) => child.once('message', resolve));
  const gone = ended.then(() =>
    Promise.reject(new Error('The sandbox did not start. git and its http-backend must be installed for it.')),
  );
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('The sandbox did not start in time.')), startTimeoutMs).unref();
  });
  return readyMessage.parse(await Promise.race([message, gone, late]));
}
