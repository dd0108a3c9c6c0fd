import type { powerMonitor } from 'electron';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type PowerLike, PresenceOfPerson, type PresenceOptions } from './presence.ts';

const power = (idleSeconds: number, state: ReturnType<PowerLike['getSystemIdleState']> = 'active'): PowerLike => ({
  getSystemIdleTime: () => idleSeconds,
  getSystemIdleState: () => state,
});

function presence(over: Partial<PresenceOptions>, answers: Readonly<Record<string, string | null>> = {}) {
  const asked: string[] = [];
  const run = async (file: string, args: readonly string[]): Promise<string | null> => {
    const command = [file, ...args].join(' ');
    asked.push(command);
    return answers[command] ?? null;
  };
  const person = new PresenceOfPerson({ power: power(0), platform: 'linux', env: { DISPLAY: ':0' }, run, ...over });
  return { person, asked };
}

describe('where the person is', () => {
  it('is what the system tells of input and lock, and nothing is started for it', async () => {
    const { person, asked } = presence({ power: power(42, 'locked') });
    expect(await person.ask(false)).toEqual({ idleMs: 42_000, locked: true, jeanInFront: null });
    expect(asked).toEqual([]);
  });

  it('does not claim to know a lock that the system does not tell', async () => {
    expect(await presence({ power: power(1, 'unknown') }).person.ask(false)).toMatchObject({ idleMs: 1000, locked: null });
  });

  it.each([
    ['Jean', 'WM_CLASS(STRING) = "jean", "Jean"', true],
    ['the companion', 'WM_CLASS(STRING) = "jean-ravi-companion", "Jean Ravi Companion"', false],
    ['an editor', 'WM_CLASS(STRING) = "code", "Code"', false],
    ['nobody says', null, null],
  ])('on X11, with %s in front', async (_who, answer, expected) => {
    const { person } = presence(
      {},
      {
        'xprop -root _NET_ACTIVE_WINDOW': '_NET_ACTIVE_WINDOW(WINDOW): window id # 0x2a00007',
        'xprop -id 0x2a00007 WM_CLASS': answer,
      },
    );
    expect((await person.ask(true)).jeanInFront).toBe(expected);
  });

  it('on macOS, with Jean in front', async () => {
    const { person } = presence(
      { platform: 'darwin', env: {} },
      {
        '/usr/bin/lsappinfo front': 'ASN:0x0-0x1a01a:\n',
        '/usr/bin/lsappinfo info -only name ASN:0x0-0x1a01a:': '"LSDisplayName"="Jean"',
      },
    );
    expect((await person.ask(true)).jeanInFront).toBe(true);
  });

  it('is not told by Wayland, and says so', async () => {
    const { person, asked } = presence({ env: { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' } });
    expect(await person.ask(true)).toEqual({ idleMs: null, locked: null, jeanInFront: null });
    expect(asked).toEqual([]);
    for (const limit of Object.values(person.limits())) expect(limit).toMatch(/tells no program/);
  });

  it('says of Windows that it does not tell what is in front', () => {
    const { person } = presence({ platform: 'win32', env: {} });
    expect(person.limits()).toEqual({ idle: null, locked: null, front: expect.stringContaining('counts for nothing') });
  });

  it('is asked of Electron', () => {
    expectTypeOf<typeof powerMonitor>().toExtend<PowerLike>();
  });
});
