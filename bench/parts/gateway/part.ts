import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const question = z.object({ id: z.number(), name: z.string(), args: z.array(z.unknown()) });
const answer = z.object({ id: z.number(), result: z.unknown().optional(), error: z.string().optional() });

/** What a part can do, by name. Arguments and results go over as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each function has its own arguments, and the caller gives their types
export type Acts = Readonly<Record<string, (...args: any[]) => unknown>>;

/** To be called by a part: does what the benchmark asks for, until the benchmark is gone. */
export function serve(acts: Acts): void {
  process.on('message', async (message) => {
    const { id, name, args } = question.parse(message);
    try {
      process.send?.({ id, result: await acts[name]?.(...args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}

/** A part of the benchmark in a process of its own, so that what it spends is nobody else's. */
export class Part<A extends Acts> {
  readonly #child: ChildProcess;
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // One listener for each question that is open.
    child.setMaxListeners(0);
  }

  /** Starts `bench/parts/gateway/<name>.ts`. */
  static start<A extends Acts>(name: string): Part<A> {
    const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
    return new Part<A>(fork(file, [], { execArgv: [...process.execArgv, '--expose-gc'] }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws what the part threw */
  call<N extends keyof A & string>(name: N, ...args: Parameters<A[N]>): Promise<Awaited<ReturnType<A[N]>>> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        this.#child.off('message', take);
        this.#child.off('exit', gone);
        how();
      };
      const gone = (): void => settle(() => reject(new Error(`The part ended before it answered ${name}.`)));
      const take = (message: unknown): void => {
        const read = answer.parse(message);
        if (read.id !== id) return;
        settle(() => {
          if (read.error !== undefined) reject(new Error(read.error));
          else resolve(read.result as Awaited<ReturnType<A[N]>>);
        });
      };
      this.#child.on('message', take);
      this.#child.on('exit', gone);
      this.#child.send({ id, name, args });
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
