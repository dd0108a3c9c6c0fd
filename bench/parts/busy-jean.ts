import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ready = z.object({ addresses: z.object({ dataHome: z.string(), jeanUrl: z.string() }) });
const answer = z.object({ result: z.unknown() });
const withId = z.object({ id: z.string() });
const named = z.object({ id: z.string(), name: z.string() });

/** Sessions of one worktree. */
const perWorktree = 100;
const atOnce = 8;

/** A session to play with. */
export type SeededSession = z.infer<typeof named>;

/** The sandbox's Jean in a process of its own, so that what it spends is nobody else's. */
export class BusyJean {
  readonly url: string;
  readonly dataHome: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, addresses: z.infer<typeof ready>['addresses']) {
    this.#child = child;
    this.url = addresses.jeanUrl;
    this.dataHome = addresses.dataHome;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  static async start(folder: string): Promise<BusyJean> {
    const main = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));
    const child = fork(main, ['--dir', folder]);
    const [message] = await once(child, 'message');
    return new BusyJean(child, ready.parse(message).addresses);
  }

  /** The token of its preferences, as every client on this machine finds it. */
  async token(): Promise<string> {
    const text = await readFile(join(this.dataHome, 'com.jean.desktop', 'preferences.json'), 'utf8');
    return z.object({ http_server_token: z.string() }).parse(JSON.parse(text)).http_server_token;
  }

  /** Makes that many Codex sessions at rest in worktrees of both projects, and gives them. */
  async seed(sessions: number): Promise<readonly SeededSession[]> {
    const projects = z.array(withId).parse(await this.control('projects'));
    const made: SeededSession[] = [];
    const count = Math.ceil(sessions / perWorktree);
    for (let n = 0; n < count; n += 1) {
      const projectId = projects[n % projects.length]?.id;
      const worktree = withId.parse(
        await this.control('createWorktree', projectId, { name: `work-${n + 1}`, branch: `work-${n + 1}` }),
      );
      const size = Math.min(perWorktree, sessions - n * perWorktree);
      // A new worktree has one already.
      const [first] = z.array(named).parse(await this.control('sessions', worktree.id));
      if (first !== undefined)
        made.push(named.parse(await this.control('changeSession', first.id, { name: `Task ${n + 1}-0`, backend: 'codex' })));
      for (let from = 1; from < size; from += atOnce) {
        const some = Array.from({ length: Math.min(atOnce, size - from) }, (_, at) => `Task ${n + 1}-${from + at}`);
        const created = some.map((name) =>
          this.control('createSession', worktree.id, { name, backend: 'codex', model: 'gpt-5' }),
        );
        made.push(...(await Promise.all(created)).map((one) => named.parse(one)));
      }
    }
    return made;
  }

  /** Calls one of the sandbox's controls. */
  async control(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const sent = await fetch(`${this.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
    if (!sent.ok) throw new Error(`${name}: ${await sent.text()}`);
    return answer.parse(await sent.json()).result;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }
}
