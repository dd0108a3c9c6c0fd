import type { Preferences } from '../../../shared/preferences.ts';
import { theme } from '../../../shared/preferences.ts';
import { useRequest } from '../../actions.ts';
import { Setting, usePreferences } from './setting.tsx';

const themeWords = { system: 'as the system', light: 'light', dark: 'dark' } as const;

/** Sends one changed preference with the others as they are. */
export function usePreference(): readonly [boolean, (change: Partial<Preferences>) => void] {
  const kept = usePreferences();
  const [busy, send] = useRequest('settings.preferences');
  const change = (part: Partial<Preferences>): void => {
    if (!kept) return;
    const { theme, openAtLogin, windowAtStart, shortcut } = kept;
    void send({ theme, openAtLogin, windowAtStart, shortcut, ...part });
  };
  return [busy, change];
}

export function ThemeSetting() {
  const kept = usePreferences();
  const [, change] = usePreference();
  return (
    <Setting title="Colours" hint="Of the window. The tray follows the desktop." path="preferences.theme">
      {({ id, describedBy, locked }) => (
        <select
          id={id}
          className="field"
          aria-describedby={describedBy}
          disabled={locked || !kept}
          value={kept?.theme ?? 'system'}
          onChange={(event) => change({ theme: theme.parse(event.target.value) })}
        >
          {theme.options.map((one) => (
            <option key={one} value={one}>
              {themeWords[one]}
            </option>
          ))}
        </select>
      )}
    </Setting>
  );
}

function Switch({
  title,
  hint,
  name,
}: {
  readonly title: string;
  readonly hint: string;
  readonly name: 'openAtLogin' | 'windowAtStart';
}) {
  const kept = usePreferences();
  const [busy, change] = usePreference();
  return (
    <Setting title={title} hint={hint} path={`preferences.${name}`}>
      {({ id, describedBy, locked }) => (
        <input
          id={id}
          type="checkbox"
          className="setting-switch"
          aria-describedby={describedBy}
          disabled={locked || !kept}
          aria-busy={busy || undefined}
          checked={kept?.[name] ?? false}
          onChange={(event) => change({ [name]: event.target.checked })}
        />
      )}
    </Setting>
  );
}

export const LoginSetting = () => (
  <Switch
    name="openAtLogin"
    title="Open at login"
    hint="The Companion starts into the tray, so that no session goes unwatched."
  />
);

export const WindowSetting = () => (
  <Switch name="windowAtStart" title="Show the window when the app is started" hint="Off: it starts into the tray alone." />
);
