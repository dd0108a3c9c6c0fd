import type { SandboxClock } from '../clock.ts';
import { runGit } from './git.ts';
import { fullName, type Repository } from './repositories.ts';

/** A commit that a push brought. */
export interface PushedCommit {
  readonly sha: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
  readonly message: string;
}

/** One ref changed by one push. */
export interface Push {
  /** Epoch ms by the sandbox's clock. */
  readonly at: number;
  /** `owner/name`. */
  readonly repo: string;
  readonly ref: string;
  /** Commit ids; forty zeros where the ref was made or deleted. */
  readonly before: string;
  readonly after: string;
  /** Whose token it was: `slug[bot]` or a person. Has nothing to do with the commits' authors. */
  readonly login: string;
  /** base64(SHA-256(token)). */
  readonly tokenHash: string;
  /** The new ones, oldest first. */
  readonly commits: readonly PushedCommit[];
}

/** Whose push it is. */
export interface Pusher {
  readonly login: string;
  readonly tokenHash: string;
}

/** A ref's value before and after. */
export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

const NO_COMMIT = '0'.repeat(40);
const FORMAT = '%H%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x00%x01';

/** What was pushed, in order. */
export class Pushes {
  readonly #clock: SandboxClock;
  readonly #pushes: Push[] = [];
  /** The last work on each repository's refs. */
  readonly #running = new Map<Repository, Promise<unknown>>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  all(): readonly Push[] {
    return [...this.#pushes];
  }

  /** Runs a `receive`, records what it changed and returns that with its result. */
  record<Result>(
    repository: Repository,
    pusher: Pusher,
    receive: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly changes: readonly RefChange[] }> {
    return this.alone(repository, async () => {
      const before = await refs(repository);
      const result = await receive();
      const changes = difference(before, await refs(repository));
      for (const change of changes) {
        const commits = await newCommits(repository, change, [...before.values()]);
        this.#pushes.push({ at: this.#clock.now(), repo: fullName(repository), ...change, ...pusher, commits });
      }
      if (changes.length > 0) repository.pushedAt = this.#clock.now();
      return { result, changes };
    });
  }

  /** Runs what changes refs of a repository when nothing else does, so that a push is never credited with another's change. */
  alone<Result>(repository: Repository, work: () => Promise<Result>): Promise<Result> {
    const current = (this.#running.get(repository) ?? Promise.resolve()).then(work);
    // The next one waits for this one whether it went well or not; the failure itself goes to this one's caller.
    this.#running.set(
      repository,
      current.catch(() => undefined),
    );
    return current;
  }
}

/** Whether a change took the ref away. */
export function isDeletion(change: RefChange): boolean {
  return change.after === NO_COMMIT;
}

async function refs(repository: Repository): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: repository.path });
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly RefChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((ref) => ({ ref, before: before.get(ref) ?? NO_COMMIT, after: after.get(ref) ?? NO_COMMIT }))
    .filter((change) => change.before !== change.after);
}

async function newCommits(repository: Repository, change: RefChange, known: readonly string[]): Promise<readonly PushedCommit[]> {
  if (isDeletion(change)) return [];
  const args = ['log', '--reverse', `--format=${FORMAT}`, change.after, '--not', ...new Set(known)];
  const { code, stdout, stderr } = await runGit(args, { cwd: repository.path });
  if (code !== 0) throw new Error(`The commits of the push to ${change.ref} can't be read: ${stderr}`);
  return stdout
    .toString('utf8')
    .split('\x01')
    .map((entry) => entry.replace(/^\n/, '').split('\0'))
    .filter((parts) => parts.length > 5)
    .map(([sha = '', authorName = '', authorEmail = '', name = '', email = '', message = '']) => ({
      sha,
      author: { name: authorName, email: authorEmail },
      committer: { name, email },
      message: message.trimEnd(),
    }));
}
