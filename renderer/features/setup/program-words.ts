import type { ProgramView } from '../../../shared/ipc.ts';
import type { ServiceView } from '../../../shared/model.ts';

/** How a program stands, in words; `line`: what belongs into the shell's profile to mend it. */
export interface ProgramWords {
  readonly health: Extract<ServiceView['health'], 'ok' | 'warning' | 'absent'>;
  readonly sentence: string;
  readonly line: string | null;
}

const warning = (sentence: string, line: string | null = null): ProgramWords => ({ health: 'warning', sentence, line });

/** The first thing that is wrong with a program, or that all is well. */
export function programWords(program: ProgramView, jeanGh: 'jean' | 'path' | null): ProgramWords {
  const { state, path, name } = program;
  if (state === 'absent') return { health: 'absent', sentence: 'Not installed.', line: null };
  if (state === 'foreign') return warning(`There is another file at ${path}, which the Companion leaves alone.`);
  if (state === 'outdated') return warning('It was written by another Companion, or for one at another place. Install it again.');
  const line = lineFor(path);
  const remedy = remedyOf(name, line);
  if (!program.onPath) return warning(`Shells do not look into its folder. ${remedy}`, line);
  if (program.hiddenBy !== null) return warning(`Shells find ${program.hiddenBy} first. ${remedy}`, line);
  if (program.works === false) return warning(`It does not work. ${program.says ?? ''}`);
  if (name === 'gh' && jeanGh === 'jean') {
    return warning(
      'Your shells use it, and Jean does not: it runs its own copy of gh. In Jean’s settings take gh from the PATH (gh_cli_source is "path" then), and restart Jean.',
    );
  }
  const also = name === 'gh' && jeanGh === 'path' ? 'Your shells and Jean use it' : 'Your shells find it';
  return { health: 'ok', sentence: `${also}. It says: ${program.says ?? ''}`, line: null };
}

function remedyOf(name: ProgramView['name'], line: string | null): string {
  if (line === null) return 'Put it at the front of Path, in the system’s environment variables, and restart Jean.';
  const restart = name === 'gh' ? 'open a new terminal and restart Jean' : 'open a new terminal';
  return `Put this line at the end of your shell’s profile, then ${restart}.`;
}

/** For sh, bash and zsh; null for a path of Windows. */
function lineFor(path: string): string | null {
  const end = path.lastIndexOf('/');
  return end === -1 ? null : `export PATH="${path.slice(0, end).replace(/(["$`\\])/g, '\\$1')}:$PATH"`;
}

/** The health of all: a warning where one is, absent where nothing is installed. */
export function healthOfAll(all: readonly ProgramWords[]): ProgramWords['health'] {
  if (all.some(({ health }) => health === 'warning')) return 'warning';
  return all.some(({ health }) => health === 'ok') ? 'ok' : 'absent';
}
