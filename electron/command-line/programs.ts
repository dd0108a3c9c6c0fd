import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import type { LeavingPart, ProgramName, ProgramView } from '../../shared/ipc.ts';
import { plainLine } from '../base/plain-line.ts';
import { writtenByUs } from '../git/gh-shim.ts';
import { writeFileAtomically } from '../storage/atomic-file.ts';
import { runQuietly } from './run-quietly.ts';

/** A file that the companion writes for the person's shells. */
export interface Program {
  readonly name: ProgramName;
  /** Where it is, or would be. */
  readonly path: () => string;
  readonly text: string;
}

export interface ProgramsOptions {
  readonly programs: readonly Program[];
  /** Where the person's shells look for programs, in order. */
  readonly searchPath: () => Promise<readonly string[]>;
  readonly env: NodeJS.ProcessEnv;
  /** A folder that is in no worktree. */
  readonly cwd: string;
}

/** How long a program may take to say its version, ms. */
const patienceMs = 8_000;

/** The programs that the companion puts into folders of the person: looked at, written, and taken away again. Foreign files are left alone. */
export class Programs {
  readonly #o: ProgramsOptions;

  constructor(options: ProgramsOptions) {
    this.#o = options;
  }

  /** What is there, whether shells find it, and whether it works. */
  async look(): Promise<ProgramView[]> {
    const folders = await this.#o.searchPath();
    return await Promise.all(this.#o.programs.map((program) => this.#lookAt(program, folders)));
  }

  /** Writes the program's file. @throws Error when a foreign file is there; what the file system says. */
  async install(name: ProgramName): Promise<void> {
    const program = this.#find(name);
    const path = program.path();
    if ((await stateOf(program)) === 'foreign')
      throw new Error(`There is another file at ${path}, which is not overwritten. Move it away, or choose another folder.`);
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, [program.text], { mode: 0o755 });
  }

  /** Deletes the program's file. @throws Error when a foreign file is there. */
  async remove(name: ProgramName): Promise<void> {
    const program = this.#find(name);
    if ((await stateOf(program)) === 'foreign') throw new Error(`The file at ${program.path()} is not the companion’s.`);
    await rm(program.path(), { force: true });
  }

  /** Deletes what is ours of all programs; what is somebody else's is left alone, and nothing is still ours then. Never throws. */
  async removeAll(): Promise<LeavingPart> {
    const removed: string[] = [];
    const troubles: string[] = [];
    for (const program of this.#o.programs) {
      const state = await stateOf(program);
      if (state !== 'installed' && state !== 'outdated') continue;
      try {
        await this.remove(program.name);
        removed.push(program.path());
      } catch (error) {
        troubles.push(`${program.path()} could not be deleted. ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const sentence = removed.length === 0 ? 'No program of ours was installed.' : `Deleted: ${removed.join(', ')}.`;
    return { part: 'programs', done: troubles.length === 0, sentence: troubles.length === 0 ? sentence : troubles.join(' ') };
  }

  #find(name: ProgramName): Program {
    const program = this.#o.programs.find((one) => one.name === name);
    if (program === undefined) throw new Error(`${name} can’t be installed on this system yet.`);
    return program;
  }

  async #lookAt(program: Program, folders: readonly string[]): Promise<ProgramView> {
    const path = program.path();
    const state = await stateOf(program);
    const first = folders.map((folder) => join(folder, basename(path))).find(isExecutable) ?? null;
    const folder = dirname(path);
    const found = state === 'installed' || state === 'outdated';
    const check = found ? await this.#check(path, [folder, ...folders]) : null;
    return {
      name: program.name,
      path,
      state,
      onPath: folders.includes(folder),
      hiddenBy: found && first !== null && first !== path && folders.includes(folder) ? first : null,
      works: check?.works ?? null,
      says: check?.says ?? null,
    };
  }

  async #check(path: string, folders: readonly string[]): Promise<{ readonly works: boolean; readonly says: string }> {
    const env = { ...this.#o.env, PATH: folders.join(delimiter) };
    const { code, stdout, stderr } = await runQuietly(path, ['--version'], { cwd: this.#o.cwd, env, timeoutMs: patienceMs });
    const said = plainLine((code === 0 ? stdout : stderr || stdout).trim().split('\n')[0] ?? '', 200);
    return { works: code === 0, says: said || 'It could not be run.' };
  }
}

/** `outdated`: ours, of another version or for an app at another place. */
async function stateOf({ path, text }: Program): Promise<ProgramView['state']> {
  let there: string;
  try {
    there = await readFile(path(), 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : 'foreign';
  }
  if (there === text) return 'installed';
  return there.slice(0, 200).includes(writtenByUs) ? 'outdated' : 'foreign';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
