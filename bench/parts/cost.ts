import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { processesOf } from '../../e2e/fixtures/processes.ts';

const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU seconds that a process has had, all its threads together (Linux). */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name in brackets, which may hold anything: state is the first field, utime and stime the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Memory of a process in MB: its own, and what it shares with any other. */
async function memoryOf(pid: number): Promise<{ readonly own: number; readonly shared: number }> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
  return {
    own: megabytes('Private_Clean') + megabytes('Private_Dirty'),
    shared: megabytes('Shared_Clean') + megabytes('Shared_Dirty'),
  };
}

/** What a process and all that it started have taken until now. */
export interface Cost {
  readonly cpu: number;
  /** All that is somebody's own, and what they share counted once; so that it is the same whether other Electrons run or not. */
  readonly memory: number;
  /** What is each one's own, by kind of process: `main`, `gpu-process`, `renderer`, … */
  readonly own: Readonly<Record<string, number>>;
}

export async function costOf(root: number): Promise<Cost> {
  const own: Record<string, number> = {};
  let [cpu, shared] = [0, 0];
  for (const { pid, commandLine } of await processesOf(root)) {
    const sub = /--utility-sub-type=([\w.]+)/.exec(commandLine)?.[1]?.split('.')[0];
    const kind = pid === root ? 'main' : (sub ?? /--type=([\w-]+)/.exec(commandLine)?.[1] ?? 'other');
    const memory = await memoryOf(pid);
    own[kind] = (own[kind] ?? 0) + memory.own;
    shared = Math.max(shared, memory.shared);
    cpu += await cpuOf(pid);
  }
  return { cpu, memory: shared + Object.values(own).reduce((sum, each) => sum + each, 0), own };
}
