import { describe, expect, it } from 'vitest';
import { defaultPreferences, type Preferences, type PreferencesView, preferences } from '../shared/preferences.ts';
import { AppPreferences } from './preferences.ts';
import { unmanaged } from './storage/managed-settings.ts';
import type { Settings } from './storage/settings.ts';

function computer({ taken = [], cantLogin = null as string | null }: { taken?: string[]; cantLogin?: string | null } = {}) {
  let kept: Preferences = defaultPreferences;
  const shown: PreferencesView[] = [];
  const registered = new Map<string, () => void>();
  const theme = { themeSource: 'system' as 'system' | 'light' | 'dark' };
  const done: string[] = [];
  const app = new AppPreferences({
    settings: {
      get: () => ({ preferences: kept }) as Settings,
      update: (change) => {
        kept = change.preferences ?? kept;
        return { preferences: kept } as Settings;
      },
    },
    managed: unmanaged,
    problems: [],
    folder: '/data',
    theme,
    shortcuts: {
      register: (keys, pressed) => {
        if (taken.includes(keys)) return false;
        registered.set(keys, pressed);
        return true;
      },
      unregister: (keys) => void registered.delete(keys),
    },
    login: {
      limit: null,
      set: async (on) => {
        if (cantLogin !== null) throw new Error(cantLogin);
        done.push(on ? 'opens at login' : 'does not open at login');
      },
    },
    openWindow: () => done.push('the window opens'),
    publish: (view) => shown.push(view),
    report: (what, error) => done.push(`${what}: ${error instanceof Error ? error.message : error}`),
  });
  return { app, shown, registered, theme, done, kept: () => kept };
}

describe('a preference', () => {
  it('has its effect at once, and is shown', async () => {
    const { app, shown, registered, theme, done } = computer();
    await app.start();
    await app.set({ theme: 'dark', openAtLogin: true, windowAtStart: false, shortcut: 'Control+Alt+J' });
    expect(theme.themeSource).toBe('dark');
    expect([...registered.keys()]).toEqual(['Control+Alt+J']);
    registered.get('Control+Alt+J')?.();
    expect(done).toEqual(['opens at login', 'the window opens']);
    expect(shown.at(-1)).toMatchObject({ theme: 'dark', openAtLogin: true, shortcut: 'Control+Alt+J', shortcutTrouble: null });
  });

  /** Another choice of each, and where its effect is seen; the compiler asks for a preference that is new. */
  const effects: {
    readonly [P in keyof Preferences]: {
      readonly other: Preferences[P];
      readonly seen: (it: ReturnType<typeof computer>) => unknown;
    };
  } = {
    theme: { other: 'dark', seen: ({ theme }) => theme.themeSource },
    openAtLogin: { other: true, seen: ({ done }) => done.at(-1) === 'opens at login' },
    // It is for the next start, which reads what is kept.
    windowAtStart: { other: false, seen: ({ kept }) => kept().windowAtStart },
    shortcut: { other: 'Control+Alt+J', seen: ({ registered }) => [...registered.keys()][0] ?? null },
  };

  it.each(Object.keys(preferences.shape) as (keyof Preferences)[])(
    'has its effect without a restart, and loses it when it is put back: %s',
    async (name) => {
      const it = computer();
      await it.app.start();
      const { other, seen } = effects[name];
      expect(seen(it)).toEqual(defaultPreferences[name]);
      await it.app.set({ ...defaultPreferences, [name]: other });
      expect([seen(it), it.shown.at(-1)?.[name]]).toEqual([other, other]);
      await it.app.set(defaultPreferences);
      expect([seen(it), it.shown.at(-1)?.[name]]).toEqual([defaultPreferences[name], defaultPreferences[name]]);
    },
  );

  it('is as before where the keys are another program’s, and the sentence says so', async () => {
    const { app, registered, kept, theme, shown } = computer({ taken: ['Super+Space'] });
    await app.start();
    await app.set({ ...defaultPreferences, shortcut: 'Control+Alt+J' });
    await expect(app.set({ ...kept(), theme: 'dark', shortcut: 'Super+Space' })).rejects.toThrow(
      'Another program has Super + Space',
    );
    expect(kept()).toMatchObject({ theme: 'system', shortcut: 'Control+Alt+J' });
    expect([...registered.keys()]).toEqual(['Control+Alt+J']);
    expect(theme.themeSource).toBe('system');
    expect(shown.at(-1)).toMatchObject({ shortcut: 'Control+Alt+J', shortcutTrouble: null });
  });

  it('is as before where the system does not let the app open at login', async () => {
    const { app, kept } = computer({ cantLogin: 'EACCES' });
    await expect(app.set({ ...defaultPreferences, openAtLogin: true })).rejects.toThrow('EACCES');
    expect(kept().openAtLogin).toBe(false);
  });

  it('frees the keys when the app stops', async () => {
    const { app, registered } = computer();
    await app.set({ ...defaultPreferences, shortcut: 'Control+F5' });
    app.stop();
    expect(registered.size).toBe(0);
  });
});

describe('a shortcut', () => {
  it.each(['Control+Alt+J', 'CommandOrControl+Shift+Space', 'Super+1', 'Alt+F12'])('may be %s', (shortcut) => {
    expect(preferences.safeParse({ shortcut }).success).toBe(true);
  });
  it.each(['J', 'Shift+J', 'Control+', 'Control+Alt', 'Fn+J', 'Control+Ä', 'Control+J+K', ''])('may not be %j', (shortcut) => {
    expect(preferences.safeParse({ shortcut }).success).toBe(false);
  });
});
