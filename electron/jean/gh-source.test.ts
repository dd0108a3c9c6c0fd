import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ghSourceOf } from './gh-source.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('which gh Jean runs', () => {
  it.each([
    ['{"theme":"dark","gh_cli_source":"path"}', 'path'],
    ['{"theme":"dark","gh_cli_source":"jean"}', 'jean'],
    // Jean leaves out what was never chosen.
    ['{"theme":"dark"}', 'jean'],
    ['{"theme":', null],
    ['{"gh_cli_source":7}', null],
  ])('is read from %s', async (text, source) => {
    await writeFile(join(folder, 'preferences.json'), text);
    expect(await ghSourceOf([join(folder, 'none'), folder])).toBe(source);
  });

  it('is not known without a Jean', async () => {
    expect(await ghSourceOf([join(folder, 'none')])).toBeNull();
  });
});
