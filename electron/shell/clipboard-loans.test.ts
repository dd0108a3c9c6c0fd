import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../base/secret.ts';
import { ClipboardLoans } from './clipboard-loans.ts';
import { concealed } from './concealed.ts';

const password = Secret.of('k7!Rw-9sd_xTT2m+AAbbz4yQ');

/** A clipboard and a secret box that outlive the app. */
function desk() {
  const seen = { text: '', kept: new Map<string, Secret>(), reported: [] as string[] };
  const box = {
    put: async (name: string, secret: Secret) => void seen.kept.set(name, secret),
    get: async (name: string) => seen.kept.get(name) ?? null,
    delete: async (name: string) => void seen.kept.delete(name),
    names: async () => [...seen.kept.keys()],
  };
  const put = (text: string): void => {
    seen.text = text;
  };
  const app = (with_: { box: typeof box | null } = { box }) =>
    new ClipboardLoans({
      clipboard: { readText: () => seen.text, clear: () => put('') },
      write: put,
      box: () => with_.box,
      report: (what) => seen.reported.push(what),
    });
  return { seen, box, app };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a secret that is lent to the clipboard', () => {
  it('is taken off it after its time, and nothing of it is held or kept', async () => {
    const { seen, app } = desk();
    const loans = app();
    await loans.lend(password, 60_000);
    expect(seen.text).toBe(password.reveal());
    const held = inspect([loans, [...seen.kept].map(([name, mark]) => [name, mark.reveal()])], { depth: 9, showHidden: true });
    expect(held).not.toContain(password.reveal());
    await vi.advanceTimersByTimeAsync(59_000);
    expect(seen.text).toBe(password.reveal());
    await vi.advanceTimersByTimeAsync(1_000);
    expect([seen.text, seen.kept.size]).toEqual(['', 0]);
  });

  it('is taken off when the app quits before', async () => {
    const { seen, app } = desk();
    const loans = app();
    await loans.lend(password, 60_000);
    await loans.end();
    expect([seen.text, seen.kept.size]).toEqual(['', 0]);
  });

  it.each(['quit', 'time', 'crash'] as const)('leaves alone what somebody else has put there since: %s', async (how) => {
    const { seen, app } = desk();
    const loans = app();
    await loans.lend(password, 60_000);
    seen.text = 'the person’s own';
    if (how === 'quit') await loans.end();
    else if (how === 'time') await vi.advanceTimersByTimeAsync(60_000);
    else await app().recover();
    expect([seen.text, seen.kept.size]).toEqual(['the person’s own', 0]);
  });

  it('is taken off by the next start where the app crashed, which knows only a salted hash of it', async () => {
    const { seen, app } = desk();
    await app().lend(password, 60_000);
    expect([...seen.kept.values()].map((mark) => mark.reveal())).toEqual([expect.stringMatching(/^[\da-f]{32}:[\da-f]{64}$/)]);
    await app().recover();
    expect([seen.text, seen.kept.size]).toEqual(['', 0]);
  });

  it('that takes the place of another one is there for its whole time', async () => {
    const { seen, app } = desk();
    const loans = app();
    await loans.lend(password, 60_000);
    await vi.advanceTimersByTimeAsync(50_000);
    await loans.lend(Secret.of('83920147'), 60_000);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(seen.text).toBe('83920147');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([seen.text, seen.kept.size]).toEqual(['', 0]);
  });

  it('is lent and taken off also where nothing can be written down, and that is reported', async () => {
    const { seen, box, app } = desk();
    const locked = { ...box, put: () => Promise.reject(new Error('The keyring is locked.')) };
    const loans = app({ box: locked });
    await loans.lend(password, 60_000);
    await loans.end();
    expect([seen.text, seen.reported.length]).toEqual(['', 1]);
  });

  it('in the sandbox is written down nowhere, also when the sandbox is left meanwhile', async () => {
    const { seen, app, box } = desk();
    const place: { box: typeof box | null } = { box: null };
    const loans = app(place);
    await loans.lend(password, 60_000);
    expect(seen.kept.size).toBe(0);
    place.box = box;
    await loans.end();
    expect([seen.text, seen.kept.size]).toEqual(['', 0]);
  });
});

describe('a secret that the person has copied', () => {
  it('is taken, and gone from the clipboard', async () => {
    const { seen, app } = desk();
    seen.text = ' github_pat_x \n';
    expect(await app().take(async (secret) => secret.reveal())).toBe('github_pat_x');
    expect(seen.text).toBe('');
  });

  it('stays where it was refused, and one that is endless is not even looked at', async () => {
    const { seen, app } = desk();
    seen.text = 'not a token';
    await expect(app().take(() => Promise.reject(new Error('That is no token.')))).rejects.toThrow('no token');
    expect(seen.text).toBe('not a token');
    seen.text = 'x'.repeat(10_001);
    const take = vi.fn();
    await expect(app().take(take)).rejects.toThrow('too long');
    expect(take).not.toHaveBeenCalled();
  });
});

it.each([
  ['linux', 'x-kde-passwordManagerHint'],
  ['darwin', 'org.nspasteboard.ConcealedType'],
  ['win32', 'ExcludeClipboardContentFromMonitorProcessing'],
] as const)('on %s what is lent is marked as %s', (platform, mark) => {
  const item = concealed('secret', platform);
  expect(item['text/plain']).toBe('secret');
  expect(Object.keys(item)).toContain(`electron application/osclipboard;format="${mark}"`);
});
