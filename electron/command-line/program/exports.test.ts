import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportLines, gitVariables, powershellLines } from './exports.ts';

describe('exports for a shell', () => {
  it('carry any text unchanged', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((one) => one.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, (value) => {
        const script = `${exportLines({ VALUE: value })}printf %s "$VALUE"; printf .`;
        expect(execFileSync('/bin/sh', ['-c', script]).toString('utf8')).toBe(`${value}.`);
      }),
      { numRuns: 40 },
    );
  });

  it('never let a name be more than a name', () => {
    expect(() => exportLines({ 'A; rm -rf': '' })).toThrow('no name');
  });

  it('of PowerShell end at no apostrophe, the typographic ones included', () => {
    expect(powershellLines({ NAME: "O'Neil’s $(calc) `x" })).toBe("$env:NAME = 'O''Neil’’s $(calc) `x'\n");
    expect(() => powershellLines({ 'A; calc': '' })).toThrow('no name');
  });

  it('put git’s settings after those that are there, so that they have the last word', () => {
    expect(gitVariables([['user.name', 'bot']], { GIT_CONFIG_COUNT: '2' })).toEqual({
      GIT_CONFIG_KEY_2: 'user.name',
      GIT_CONFIG_VALUE_2: 'bot',
      GIT_CONFIG_COUNT: '3',
    });
    expect(gitVariables([['a.b', '']], { GIT_CONFIG_COUNT: 'x' })).toMatchObject({
      GIT_CONFIG_KEY_0: 'a.b',
      GIT_CONFIG_COUNT: '1',
    });
    expect(gitVariables([], {})).toEqual({});
  });
});
