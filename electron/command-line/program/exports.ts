import { shellWord } from '../../base/shell-word.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lines that a shell evaluates; fish knows this form too. @throws Error for a name that is none. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!namePattern.test(name)) throw new Error(`${name} is no name of a variable.`);
      return `export ${name}=${shellWord(value)}\n`;
    })
    .join('');
}

/** Lines that PowerShell carries out; typographic apostrophes end a text there as the plain one does. */
export function powershellLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!namePattern.test(name)) throw new Error(`${name} is no name of a variable.`);
      return `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'\n`;
    })
    .join('');
}

/** git settings as environment, after those that the environment has already: the last value has the last word. */
export function gitVariables(
  settings: readonly (readonly [key: string, value: string])[],
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  if (settings.length === 0) return {};
  const before = Number(env.GIT_CONFIG_COUNT ?? '0');
  const first = Number.isInteger(before) && before > 0 ? before : 0;
  return Object.fromEntries([
    ...settings.flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${first + at}`, key],
      [`GIT_CONFIG_VALUE_${first + at}`, value],
    ]),
    ['GIT_CONFIG_COUNT', String(first + settings.length)],
  ]);
}
