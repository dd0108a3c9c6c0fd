/** What a key press says of itself. */
export interface Pressed {
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

const named: Readonly<Record<string, string>> = {
  Space: 'Space',
  Tab: 'Tab',
  Home: 'Home',
  End: 'End',
  PageUp: 'PageUp',
  PageDown: 'PageDown',
  Insert: 'Insert',
  Delete: 'Delete',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

/** Keys that were pressed as Electron's accelerators write them; null while only modifiers are down. By place, so that Alt changes no letter. */
export function acceleratorOf({ code, ctrlKey, altKey, shiftKey, metaKey }: Pressed): string | null {
  if (/^(?:Control|Alt|Shift|Meta|OS)(?:Left|Right)?$/.test(code)) return null;
  const key = /^(?:Key|Digit)(\w)$/.exec(code)?.[1] ?? (/^F\d{1,2}$/.test(code) ? code : (named[code] ?? code));
  const modifiers = [ctrlKey && 'Control', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super'].filter(
    (one) => one !== false,
  );
  return [...modifiers, key].join('+');
}

const marks: Readonly<Record<string, string>> = { CommandOrControl: '⌘', Control: '⌃', Alt: '⌥', Shift: '⇧', Super: '⌘' };
const words: Readonly<Record<string, string>> = {
  CommandOrControl: 'Ctrl',
  Control: 'Ctrl',
  Up: '↑',
  Down: '↓',
  Left: '←',
  Right: '→',
};

/** An accelerator key by key, as printed on the keyboard. */
export const keysOf = (accelerator: string, mac: boolean): readonly string[] =>
  accelerator.split('+').map((one) => (mac ? marks[one] : undefined) ?? words[one] ?? one);
