import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requests } from '../shared/ipc.ts';
import { type Consent, commandConsent, requestConsent, trayConsent } from './consent.ts';

const root = join(import.meta.dirname, '..');
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = new Map(
  readdirSync(join(root, 'renderer'), { recursive: true, encoding: 'utf8' })
    .map((file) => `renderer/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.endsWith('audit/kind-words.ts'))
    .map((file) => [file, textOf(file)] as const),
);
/** Files of the page that make a request. */
const making = (request: string): readonly string[] =>
  [...page]
    .filter(([, text]) => text.includes(`'${request}'`))
    .map(([file]) => file)
    .sort();

/** Where a question is drawn, a dialog of the system opened, or the consequence said beside the button. */
const asks =
  /<(?:Confirm|Dialog|Consent|ArchiveDialog|OpenLink)\b|className="(?:ravi-consent|policy-told|step-sentence)"|showMessageBox|MessageBoxOptions/;

const all = Object.entries(requestConsent) as [string, Consent][];
const questions = all.flatMap(([request, consent]) => (consent.is === 'asked' ? [[request, consent] as const] : []));

describe('what takes something away, costs something or is sent', () => {
  it('is classed for each request of the page, and for nothing else', () => {
    expect(Object.keys(requestConsent).sort()).toEqual(Object.keys(requests).sort());
  });

  it.each(questions)('is asked for in one place: %s', (request, { from }) => {
    expect(making(request)).toEqual([...from].sort());
  });

  it.each(questions)('is named before it is done: %s', (_request, { from, names, words }) => {
    expect(from.map(textOf).join('\n') + textOf(words)).toMatch(asks);
    expect(textOf(words).replace(/\s+/g, ' ')).toMatch(names);
  });

  it('is never done by the palette at once: it opens the question', () => {
    const palette = textOf('renderer/features/palette/candidates.ts');
    const done = [...palette.matchAll(/run\('([\w.]+)'(, \{[^}]*\})?/g)].map(([, name, payload]) => [name, payload ?? '']);
    expect(done.length).toBeGreaterThan(3);
    for (const [name = '', payload = ''] of done) {
      const consent = requestConsent[name as keyof typeof requestConsent];
      // Turned on, nobody gets in yet; off it goes on its page alone.
      if (name === 'remote.turn') expect(payload).toContain('on: true');
      else expect(consent.is, name).not.toBe('asked');
    }
  });

  it('is asked for in the window where the tray offers it', () => {
    const main = textOf('electron/main.ts');
    for (const [action, consent] of Object.entries(trayConsent))
      if (consent.is === 'asked') expect(main).toMatch(new RegExp(`case '${action}':\\s+return window\\.ask\\('${action}'\\)`));
  });

  it('by the command line has a way back, which its own words tell', () => {
    for (const consent of Object.values(commandConsent)) expect(consent.is).not.toBe('asked');
    expect(textOf('electron/command-line/program/program.ts')).toContain('fails until a new one is made in the companion');
  });

  it('can’t be asked for by a link or from a notification: there are no links of ours, and one button, which mutes', () => {
    const shell = ['electron/entry.ts', 'electron/main.ts'].map(textOf).join('\n');
    expect(shell).not.toMatch(/setAsDefaultProtocolClient|open-url/);
    expect(shell.match(/buttons: \[.*\]/g)).toEqual([
      "buttons: [{ text: 'Mute for 1 hour', press: () => world.notices.mute('hour') }]",
    ]);
  });
});
