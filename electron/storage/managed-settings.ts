import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { settingsPart } from '../../shared/preferences.ts';

/**
 * Settings that an organization gives to a computer: a file that its people can't write, with the same form as an export. What stands in
 * it holds; everything else is the person's.
 */
export interface ManagedSettings {
  /** Null: there is no such file. */
  readonly file: string | null;
  /** What holds, part by part; every value in it fits the schema. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Dotted paths of all values in it. */
  readonly paths: readonly string[];
  /** What of the file can't be used, in a sentence. */
  readonly problem: string | null;
}

export const unmanaged: ManagedSettings = { file: null, values: {}, paths: [], problem: null };

/** Where each system keeps what its administrator decides for all. */
export function managedFile(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (platform === 'darwin') return '/Library/Application Support/Jean Ravi Companion/managed-settings.json';
  if (platform === 'win32') return join(env.ProgramData ?? 'C:\\ProgramData', 'Jean Ravi Companion', 'managed-settings.json');
  return '/etc/jean-ravi-companion/managed-settings.json';
}

const form = z.looseObject({ settings: z.record(z.string(), z.unknown()) });

/** Reads the file once. `fits` says what is wrong with a part laid over the defaults; null when nothing is. */
export function readManaged(file: string, fits: (part: string, value: unknown) => string | null): ManagedSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return unmanaged;
    return { ...unmanaged, file, problem: `${file} can't be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  const read = parsed(text);
  if (!read) return { ...unmanaged, file, problem: `${file} is no settings file, so nothing of it is used.` };
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [part, value] of Object.entries(read)) {
    const why = settingsPart.safeParse(part).success ? fits(part, value) : 'there is no such part';
    if (why === null) values[part] = value;
    else problems.push(`${part}: ${why}`);
  }
  const problem = problems.length === 0 ? null : `Not everything in ${file} can be used: ${problems.join('; ')}.`;
  return { file, values, paths: pathsOf(values), problem };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const read = form.safeParse(JSON.parse(text));
    return read.success ? read.data.settings : null;
  } catch {
    return null;
  }
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Dotted paths of all values; lists are one value. */
export function pathsOf(value: unknown, path = ''): readonly string[] {
  if (!isGroup(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === '' ? name : `${path}.${name}`));
}

/** A copy of `base` with every value of `over` in it. */
export function laidOver(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over;
  const laid: Record<string, unknown> = { ...base };
  for (const [name, inner] of Object.entries(over)) if (name !== '__proto__') laid[name] = laidOver(laid[name], inner);
  return laid;
}

/** The value at each of `paths` in `from`, put into a copy of `into`; one that `from` does not have is taken out. */
export function takenFrom(into: unknown, from: unknown, paths: readonly string[]): unknown {
  let result = into;
  for (const path of paths) result = withValue(result, path.split('.'), valueAt(from, path));
  return result;
}

/** What stands at a dotted path; undefined where nothing does. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (isGroup(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
}

function withValue(into: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const group: Record<string, unknown> = isGroup(into) ? { ...into } : {};
  const inner = withValue(group[name], rest, value);
  if (inner === undefined) delete group[name];
  else group[name] = inner;
  return group;
}
