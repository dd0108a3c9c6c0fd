import { type KeyboardEvent, useState } from 'react';
import { shortcut as shape } from '../../../shared/preferences.ts';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { usePreference } from './general.tsx';
import { acceleratorOf, keysOf } from './keys.ts';
import { Setting, usePreferences } from './setting.tsx';

/** The keys that open the window from everywhere; they are taken as they are pressed. */
export function ShortcutSetting() {
  const kept = usePreferences();
  const mac = useFeed((feed) => appOf(feed.state)?.platform === 'darwin');
  const [listening, setListening] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, change] = usePreference();
  const held = kept?.shortcut ?? null;

  const press = (event: KeyboardEvent): void => {
    if (!listening || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') {
      setListening(false);
      return;
    }
    const keys = acceleratorOf(event);
    if (keys === null) return;
    const checked = shape.safeParse(keys);
    setWrong(checked.success ? null : (checked.error.issues[0]?.message ?? 'These keys can’t be used.'));
    if (!checked.success) return;
    setListening(false);
    change({ shortcut: checked.data });
  };

  return (
    <Setting
      title="Open the window from everywhere"
      hint={
        wrong ??
        kept?.shortcutTrouble ??
        (listening ? 'Press the keys now. Escape leaves it as it is.' : 'Works while other apps have the focus.')
      }
      path="preferences.shortcut"
    >
      {({ id, describedBy, locked }) => (
        <>
          <Button
            id={id}
            aria-describedby={describedBy}
            aria-pressed={listening}
            busy={busy}
            disabled={locked || !kept}
            onClick={() => {
              setWrong(null);
              setListening(!listening);
            }}
            onKeyDown={press}
            onBlur={() => setListening(false)}
          >
            {listening ? 'Press the keys…' : held === null ? 'Choose keys' : keysOf(held, mac).join(mac ? ' ' : ' + ')}
          </Button>
          {held !== null && !locked && (
            <Button look="quiet" aria-label="Remove the shortcut" onClick={() => change({ shortcut: null })}>
              Remove
            </Button>
          )}
        </>
      )}
    </Setting>
  );
}

const listed: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Control+K'], 'Search or jump to anything, and do what is offered there'],
  [['Up', 'Down'], 'Move between rows'],
  [['Enter'], 'Open a row, press a button'],
  [['Escape'], 'Close what is open'],
  [['Tab'], 'Move on; with Shift back'],
];

/** The keys of the window. */
export function KeyList() {
  const mac = useFeed((feed) => appOf(feed.state)?.platform === 'darwin');
  return (
    <ul className="setting-keys">
      {listed.map(([keys, what]) => (
        <li key={what}>
          <span>{what}</span>
          <span className="setting-pressed">
            {keys.map((one) => (
              <Kbd key={one}>{keysOf(mac ? one.replace('Control', 'CommandOrControl') : one, mac).join(mac ? ' ' : ' ')}</Kbd>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
