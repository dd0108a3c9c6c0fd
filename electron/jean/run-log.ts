import { open } from 'node:fs/promises';
import { z } from 'zod';

/** What a run's own log (`sessions/data/<session>/<run>.jsonl`, contract jean §6) says near its end. */
export interface RunLog {
  /** When it last grew, epoch ms. */
  readonly grownAt: number;
  /** The CLI said its last word. */
  readonly ended: boolean;
  /** What it was not allowed to do, from that last word: Jean's backend stores it nowhere else. */
  readonly denials: readonly unknown[];
  /** What it called last without an answer, where that ends a turn by asking the person. */
  readonly asks: { readonly tool: 'AskUserQuestion' | 'ExitPlanMode'; readonly input: unknown } | null;
}

/** More than one line of a result is, and where that one holds a whole file that could not be written, the next; what comes before was asked and answered. */
const tailBytes = [256 * 1024, 8 * 1024 * 1024];

const line = z.object({
  type: z.string(),
  permission_denials: z.array(z.unknown()).nullish(),
  message: z
    .object({ content: z.array(z.unknown()) })
    .nullish()
    .catch(null),
});
const toolUse = z.object({
  type: z.literal('tool_use'),
  name: z.enum(['AskUserQuestion', 'ExitPlanMode']),
  input: z.unknown().optional(),
});

/** Reads the end of a run's log; null when there is none. Lines that are no JSON (what a CLI printed as errors) are passed over. */
export async function readRunLog(path: string): Promise<RunLog | null> {
  let text: string;
  let grownAt: number;
  try {
    const file = await open(path, 'r');
    try {
      const { size, mtimeMs } = await file.stat();
      text = '';
      for (const bytes of tailBytes) {
        const from = Math.max(0, size - bytes);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
        text = buffer.toString('utf8', 0, bytesRead);
        if (from === 0 || text.trimEnd().includes('\n')) break;
      }
      grownAt = mtimeMs;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
  return runLogOf(text, grownAt);
}

/** Reads the end of a run's log in its text. `grownAt`: epoch ms. */
export function runLogOf(text: string, grownAt: number): RunLog {
  let asks: RunLog['asks'] = null;
  for (const raw of text.split('\n').toReversed()) {
    const read = parsed(raw);
    if (read === null) continue;
    if (read.type === 'result') return { grownAt, ended: true, denials: read.permission_denials ?? [], asks: null };
    // The person's answer, or the result of a tool: what was asked before is over.
    if (read.type === 'user') break;
    asks = (read.message?.content ?? []).map(askOf).findLast((ask) => ask !== null) ?? null;
    if (asks !== null || read.type === 'assistant') break;
  }
  return { grownAt, ended: false, denials: [], asks };
}

function askOf(part: unknown): RunLog['asks'] {
  const call = toolUse.safeParse(part);
  return call.success ? { tool: call.data.name, input: call.data.input } : null;
}

function parsed(text: string): z.output<typeof line> | null {
  if (!text.startsWith('{')) return null;
  try {
    const read = line.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
