import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isManaged } from '../../shared/preferences.ts';
import { laidOver, managedFile, pathsOf, takenFrom, valueAt } from './managed-settings.ts';

// In plain Node the package `electron` is only the path of a binary, which it would download without this.
let openSettings: typeof import('./settings.ts').openSettings;
let ManagedSettingError: typeof import('./settings.ts').ManagedSettingError;
beforeAll(async () => {
  process.env.ELECTRON_OVERRIDE_DIST_PATH ??= '/nowhere';
  ({ openSettings, ManagedSettingError } = await import('./settings.ts'));
});

const now = () => 1_800_000_000_000;
let folder: string;
let managed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-managed-'));
  managed = join(folder, 'managed.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (settings: unknown) => {
  writeFileSync(managed, JSON.stringify({ settings }));
  return openSettings({ folder, now, managed });
};
const written = () => JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'));

describe('what an organization sets', () => {
  it('holds, and the rest is the person’s', () => {
    const { settings, managed: held } = open({ remoteAccess: { enabled: false }, credentials: { lapseHours: 8 } });
    expect(held).toMatchObject({ file: managed, problem: null, paths: ['remoteAccess.enabled', 'credentials.lapseHours'] });
    expect(settings.get().credentials).toMatchObject({ lapseHours: 8, mintAt: 'creation' });
    settings.update({ credentials: { ...settings.get().credentials, mintAt: 'first-use' } });
    expect(settings.get().credentials).toMatchObject({ lapseHours: 8, mintAt: 'first-use' });
  });

  it('can’t be changed by the person, and the refusal names it; nothing else of that change is taken', () => {
    const { settings } = open({ remoteAccess: { enabled: false } });
    const wish = { remoteAccess: { ...settings.get().remoteAccess, enabled: true }, trailers: true };
    expect(() => settings.update(wish)).toThrow(ManagedSettingError);
    expect(() => settings.update(wish)).toThrow('“remoteAccess · enabled” is set by your organization');
    expect(settings.get()).toMatchObject({ trailers: false, remoteAccess: { enabled: false } });
  });

  it('is not written into the person’s file: what they had chosen is back when the organization’s file is gone', () => {
    openSettings({ folder, now }).settings.update({
      preferences: { theme: 'dark', openAtLogin: true, windowAtStart: true, shortcut: null },
    });
    const { settings } = open({ preferences: { theme: 'light' } });
    expect(settings.get().preferences).toMatchObject({ theme: 'light', openAtLogin: true });
    settings.update({ trailers: true });
    expect(written()).toMatchObject({ trailers: true, preferences: { theme: 'dark' } });
    rmSync(managed);
    expect(openSettings({ folder, now, managed }).settings.get().preferences.theme).toBe('dark');
  });

  it('holds for one kind of notice without touching the others', () => {
    const { settings } = open({ notifications: { rules: { finished: { sms: 'always' } } } });
    expect(settings.get().notifications.rules.finished).toEqual({
      native: 'always',
      sms: 'always',
      email: 'never',
      urgent: false,
    });
    const { notifications } = settings.get();
    settings.update({ notifications: { ...notifications, awayMinutes: 7 } });
    expect(settings.get().notifications).toMatchObject({ awayMinutes: 7, rules: { finished: { sms: 'always' } } });
  });

  it.each([
    ['a wrong value', { credentials: { lapseHours: -1 }, trailers: true }, 'credentials: credentials.lapseHours'],
    ['a part that is none', { github: { appId: '1' }, trailers: true }, 'github: there is no such part'],
    ['a name that is no setting', { remoteAccess: { enabeld: false }, trailers: true }, 'remoteAccess.enabeld is no setting'],
  ])('is told where it is %s, and the other parts hold', (_what, values, why) => {
    const { settings, managed: held } = open(values);
    expect(held.problem).toContain(why);
    expect(held.paths).toEqual(['trailers']);
    expect(settings.get().trailers).toBe(true);
  });

  it.each(['', 'null', '[]', '{"settings": 3}', '{'])('is nothing where the file is %j, and that is told', (text) => {
    writeFileSync(managed, text);
    const { settings, managed: held } = openSettings({ folder, now, managed });
    expect(held).toMatchObject({ values: {}, paths: [], problem: `${managed} is no settings file, so nothing of it is used.` });
    expect(settings.update({ trailers: true }).trailers).toBe(true);
  });

  it('is nothing where there is no file', () => {
    expect(openSettings({ folder, now, managed }).managed).toEqual({ file: null, values: {}, paths: [], problem: null });
  });

  it('is read where each system keeps such files', () => {
    expect(managedFile('linux', {})).toBe('/etc/jean-ravi-companion/managed-settings.json');
    expect(managedFile('darwin', {})).toMatch(/^\/Library\//);
    expect(managedFile('win32', { ProgramData: 'D:\\Data' })).toContain('D:\\Data');
  });
});

describe('values by path', () => {
  const value = { a: { b: 1, c: [1, 2] }, d: null };
  it('are all found', () => expect(pathsOf(value)).toEqual(['a.b', 'a.c', 'd']));
  it('are read and put, and nothing of the prototype is', () => {
    expect(valueAt(value, 'a.b')).toBe(1);
    expect(valueAt(value, 'a.constructor')).toBeUndefined();
    expect(takenFrom(value, { a: { b: 5 } }, ['a.b', 'd'])).toEqual({ a: { b: 5, c: [1, 2] } });
    const hostile: unknown = JSON.parse('{"__proto__": {"polluted": true}, "a": {"b": 2}}');
    expect(laidOver(value, hostile)).toEqual({ a: { b: 2, c: [1, 2] }, d: null });
    expect(Reflect.get(Object(laidOver(value, hostile)), 'polluted')).toBeUndefined();
  });
  it('are managed where they, what is above or what is inside of them is', () => {
    expect(isManaged(['a.b'], 'a.b')).toBe(true);
    expect(isManaged(['a.b'], 'a')).toBe(true);
    expect(isManaged(['a'], 'a.b')).toBe(true);
    expect(isManaged(['a.b'], 'a.bc')).toBe(false);
  });
});
