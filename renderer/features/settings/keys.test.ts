import { describe, expect, it } from 'vitest';
import { shortcut } from '../../../shared/preferences.ts';
import { acceleratorOf, keysOf } from './keys.ts';

const pressed = (code: string, ...held: string[]) => ({
  code,
  ctrlKey: held.includes('ctrl'),
  altKey: held.includes('alt'),
  shiftKey: held.includes('shift'),
  metaKey: held.includes('meta'),
});

describe('keys that are pressed', () => {
  it.each([
    [pressed('KeyJ', 'ctrl', 'alt'), 'Control+Alt+J'],
    [pressed('Digit1', 'meta'), 'Super+1'],
    [pressed('F12', 'shift'), 'Shift+F12'],
    [pressed('ArrowUp', 'ctrl', 'shift'), 'Control+Shift+Up'],
    [pressed('Space', 'alt'), 'Alt+Space'],
  ])('are written as an accelerator (%#)', (event, keys) => {
    expect(acceleratorOf(event)).toBe(keys);
    expect(shortcut.safeParse(keys).success).toBe(true);
  });

  it('are none while only modifiers are down', () => {
    for (const code of ['ControlLeft', 'AltRight', 'ShiftLeft', 'MetaLeft'])
      expect(acceleratorOf(pressed(code, 'ctrl'))).toBeNull();
  });

  it('are no shortcut where the key is none that can be taken', () => {
    expect(shortcut.safeParse(acceleratorOf(pressed('Backquote', 'ctrl'))).success).toBe(false);
    expect(shortcut.safeParse(acceleratorOf(pressed('KeyJ'))).success).toBe(false);
  });

  it('are shown as printed', () => {
    expect(keysOf('Control+Alt+J', false)).toEqual(['Ctrl', 'Alt', 'J']);
    expect(keysOf('CommandOrControl+Shift+Up', true)).toEqual(['⌘', '⇧', '↑']);
  });
});
