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

/** Memory of a process in MB; what it shares with others is counted by its share. */
async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
}

/** What a process and all that it started have taken until now. */
export interface Cost {
  readonly cpu: number;
  readonly memory: number;
  /** By kind of process: `main`, `gpu-process`, `renderer`, … */
  readonly parts: Readonly<Record<string, { readonly cpu: number; readonly memory: number }>>;
}

export async function costOf(root: number): Promise<Cost> {
  const parts: Record<string, { cpu: number; memory: number }> = {};
  for (const { pid, commandLine } of await processesOf(root)) {
    const sub = /--utility-sub-type=([\w.]+)/.exec(commandLine)?.[1]?.split('.')[0];
    const kind = pid === root ? 'main' : (sub ?? /--type=([\w-]+)/.exec(commandLine)?.[1] ?? 'other');
    const part = parts[kind] ?? { cpu: 0, memory: 0 };
    parts[kind] = { cpu: part.cpu + (await cpuOf(pid)), memory: part.memory + (await memoryOf(pid)) };
  }
  const sum = (of: 'cpu' | 'memory'): number => Object.values(parts).reduce((total, part) => total + part[of], 0);
  return { cpu: sum('cpu'), memory: sum('memory'), parts };
}
