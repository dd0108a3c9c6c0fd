import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import { kindOfKey } from './keys.ts';

/** What an installed Ravi CLI keeps (contract ravi §2). */
export interface CliKeys {
  readonly type: 'keys';
  readonly path: string;
  readonly managementKey: Secret | null;
  readonly identityKey: Secret | null;
  readonly identityName: string | null;
  readonly email: string | null;
  /** The file's mode where others on this computer may read it, as `0644`; null where they may not. */
  readonly looseMode: string | null;
}

/** Why there are none, as a sentence. */
export interface NoCliKeys {
  readonly type: 'absent' | 'other-program' | 'unreadable';
  readonly why: string;
}

const longest = 64 * 1024;
const text = z.string().nullish();
const configSchema = z.object({
  management_key: text,
  identity_key: text,
  identity_name: text,
  user_email: text,
});

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Reads `~/.ravi/config.json` of an installed CLI. Nothing is ever written there, and the CLI itself is not run: a program of that name may
 * be another project's, which uses the same folder (contract ravi, name collision). The values stay inside `Secret`.
 */
export async function readCliKeys(home: string): Promise<CliKeys | NoCliKeys> {
  const folder = join(home, '.ravi');
  const path = join(folder, 'config.json');
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return await whyAbsent(folder, path);
    return { type: 'unreadable', why: `${path} can’t be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    const found = await file.stat();
    const { mode, size } = found;
    if (!found.isFile()) return { type: 'unreadable', why: `${path} is no file.` };
    if (size > longest) return { type: 'unreadable', why: `${path} is too long for a configuration of Ravi’s CLI.` };
    return keysIn(path, await file.readFile('utf8'), mode & 0o777);
  } finally {
    await file.close();
  }
}

function keysIn(path: string, content: string, mode: number): CliKeys | NoCliKeys {
  const parsed = configSchema.safeParse(jsonOf(content));
  // What is wrong with it is not quoted: it may stand beside a key.
  if (!parsed.success) return { type: 'unreadable', why: `${path} is not what Ravi’s CLI writes. Sign in here instead.` };
  const { management_key, identity_key, identity_name, user_email } = parsed.data;
  const [management, identity] = [management_key, identity_key].map((value) => (value ? Secret.of(value) : null));
  const kinds = [management, identity].map((key) => key && kindOfKey(key));
  if (kinds.includes('foreign')) return otherProgram(path);
  if ((kinds[0] ?? 'management') !== 'management' || (kinds[1] ?? 'identity') !== 'identity')
    return { type: 'unreadable', why: `The keys in ${path} are none of Ravi’s: they begin with ravi_mgmt_ and ravi_id_.` };
  if (!management && !identity)
    return { type: 'absent', why: `${path} has no key in it: Ravi’s CLI is installed, but not signed in.` };
  return {
    type: 'keys',
    path,
    managementKey: management ?? null,
    identityKey: identity ?? null,
    identityName: identity_name ?? null,
    email: user_email ?? null,
    looseMode: process.platform !== 'win32' && (mode & 0o077) !== 0 ? `0${mode.toString(8)}` : null,
  };
}

async function whyAbsent(folder: string, path: string): Promise<NoCliKeys> {
  if (await exists(join(folder, '.env'))) return otherProgram(folder);
  if (await exists(join(folder, 'auth.json')))
    return { type: 'absent', why: `${folder} is of a Ravi CLI before version 0.6, whose sign-in is not good any more.` };
  return { type: 'absent', why: `There is no ${path}: Ravi’s CLI is not installed here, or not signed in.` };
}

const otherProgram = (path: string): NoCliKeys => ({
  type: 'other-program',
  why: `${path} belongs to another program that is called ravi too. Its keys are not Ravi’s, and were left alone.`,
});

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
