import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const npmCommand = /^npm (?:run (?<script>[\w:.-]+)|(?<short>start|test|ci|install))\b/;

/** The commands in the `sh` blocks between the heading "Quick start" and the next heading of its level. */
function quickStart(readme: string): readonly string[] {
  const section = /^## Quick start$(?<text>.*?)(?=^## |$(?![\s\S]))/ms.exec(readme)?.groups?.text ?? '';
  return [...section.matchAll(/^```sh$(?<commands>.*?)^```$/gms)]
    .flatMap((block) => (block.groups?.commands ?? '').split('\n'))
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

describe('the quick start in the README', () => {
  const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
  const commands = quickStart(readFileSync(join(root, 'README.md'), 'utf8'));

  it('begins with the two commands', () => {
    expect(commands).toContain('npm start');
    expect(commands).toContain('npm test');
  });

  it('names only npm commands that exist', () => {
    const named = commands.flatMap((command) => {
      const groups = npmCommand.exec(command)?.groups;
      return groups ? [groups.script ?? groups.short ?? ''] : [];
    });
    const known = [...Object.keys(scripts), 'ci', 'install'];
    expect(known).toEqual(expect.arrayContaining(named));
  });

  it('has no npm command that this test could not read', () => {
    expect(commands.filter((command) => command.startsWith('npm') && !npmCommand.test(command))).toEqual([]);
  });
});

describe('the scripts of package.json', () => {
  const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

  it.each(Object.entries(scripts))('%s runs a file that exists', (_name, command) => {
    const file = /^(?:node|tsx) (\S+)/.exec(command)?.[1];
    expect(file === undefined || existsSync(join(root, file))).toBe(true);
  });
});
