import { mkdir, open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Commit, commitsBeyond, remoteTips } from './commits.ts';
import { type RemoteMove, remoteMoves } from './push-log.ts';
import { runGit } from './run.ts';
import { TreeWatch } from './tree-watch.ts';
import { placeOf } from './worktree-place.ts';

/** A branch that went out of a worktree, and the commits with it. */
export interface Push {
  readonly remote: string;
  readonly branch: string;
  /** Null where the branch was new to this clone. */
  readonly old: string | null;
  readonly new: string;
  /** Epoch ms, whole seconds. */
  readonly at: number;
  /** Newest first, 500 at most. */
  readonly commits: readonly Commit[];
  /** How many there were. */
  readonly count: number;
}

/** A worktree from which a push is expected. */
interface Claim {
  readonly path: string;
  /** Who git says pushes there: `name <address>`; null when it doesn't know. */
  readonly who: string | null;
  /** Epoch ms. */
  readonly from: number;
  readonly until: number;
  readonly told: (push: Push) => void;
}

/** A line with the branch that it is about, as in `origin/feature/x`. */
interface Move extends RemoteMove {
  readonly ref: string;
  /** When its reflog was last written, epoch ms: orders what happened in the same second. */
  readonly writtenAt: number;
}

/** A push of which it is not told yet, and who made it. */
interface Noticed {
  readonly push: Push;
  readonly who: string;
}

export interface PushWatchOptions {
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  /** How long after GitHub accepted a credential a push is waited for, ms. */
  readonly windowMs?: number;
}

/** git authenticates before it runs the repository's pre-push hook, which may run all tests. */
const defaultWindowMs = 10 * 60_000;
/** A worktree's claim comes this long after its line at most, ms. */
const lateMs = 30_000;
/** The end of a reflog that is read at the start, bytes: some hundred pushes. */
const tailBytes = 64 * 1024;

/**
 * Notices pushes by the remote-tracking reflogs, which git writes when a push is through (contract github §4.3: `store` comes before
 * that). Worktrees of one repository share those: a line belongs to the worktree whose identity it bears.
 */
export class PushWatch {
  readonly #o: PushWatchOptions;
  readonly #repositories = new Map<string, RepositoryWatch>();
  #stopped = false;

  constructor(options: PushWatchOptions) {
    this.#o = options;
  }

  /** Expects pushes out of this worktree from `from` (epoch ms) on; a later call for the same worktree takes the earlier one's place. */
  async expect(worktreePath: string, from: number, told: (push: Push) => void): Promise<void> {
    const place = await placeOf(worktreePath);
    if ((place.kind !== 'linked' && place.kind !== 'main') || this.#stopped) return;
    const { commonDir } = place;
    const known = this.#repositories.get(commonDir);
    const repository = known ?? new RepositoryWatch(commonDir, this.#o, () => this.#repositories.delete(commonDir));
    this.#repositories.set(commonDir, repository);
    const until = this.#o.now() + (this.#o.windowMs ?? defaultWindowMs);
    await repository.expect({ path: worktreePath, who: await identityIn(worktreePath), from, until, told });
  }

  stop(): void {
    this.#stopped = true;
    for (const repository of this.#repositories.values()) repository.stop();
    this.#repositories.clear();
  }
}

class RepositoryWatch {
  readonly #commonDir: string;
  readonly #root: string;
  readonly #o: PushWatchOptions;
  readonly #onEnd: () => void;
  readonly #claims = new Map<string, Claim>();
  /** How far each reflog was read, bytes. */
  readonly #read = new Map<string, number>();
  /**
   * Where the remote's branches stood when the last line was read: what went out with the next one is what is beyond. (The refs
   * themselves may have moved on by then, and would hide it.)
   */
  #tips = new Map<string, string>();
  /** Pushes that no claim fitted when they were noticed: the worktree's own may come a moment later. */
  #unclaimed: Noticed[] = [];
  #tree: TreeWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(commonDir: string, options: PushWatchOptions, onEnd: () => void) {
    this.#commonDir = commonDir;
    this.#root = join(commonDir, 'logs', 'refs', 'remotes');
    this.#o = options;
    this.#onEnd = onEnd;
  }

  async expect(claim: Claim): Promise<void> {
    this.#claims.set(claim.path, claim);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), claim.until - this.#o.now());
    this.#timer.unref();
    if (this.#tree) return this.#after(async () => await this.#give([]));
    const onFiles = (files: readonly string[]): void => this.#after(async () => await this.#onFiles(files));
    const tree = new TreeWatch(this.#root, onFiles, this.#o.onError);
    this.#tree = tree;
    // git makes it with the first branch; until then there would be nothing to watch.
    await mkdir(this.#root, { recursive: true });
    // Before the first reflog is read: what moves from here on has a line that is read later.
    this.#tips = await remoteTips(this.#commonDir);
    await tree.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#tree?.stop();
    this.#claims.clear();
  }

  #end(): void {
    this.stop();
    this.#onEnd();
  }

  #after(act: () => Promise<void>): void {
    this.#work = this.#work.then(act).catch(this.#o.onError);
  }

  async #onFiles(files: readonly string[]): Promise<void> {
    const moves: Move[] = [];
    for (const file of files) {
      const ref = relative(this.#root, file).split(sep).join('/');
      const { lines, writtenAt } = await this.#newLines(file);
      this.#stand(ref, lines[0]?.old);
      moves.push(...lines.map((each) => ({ ...each, ref, writtenAt })));
    }
    const noticed: Noticed[] = [];
    for (const move of moves.sort((a, b) => a.at - b.at || a.writtenAt - b.writtenAt)) {
      if (move.pushed) noticed.push({ push: await this.#pushOf(move), who: move.who });
      this.#stand(move.ref, move.new);
    }
    await this.#give(noticed);
  }

  #stand(ref: string, tip: string | null | undefined): void {
    if (tip === null) this.#tips.delete(ref);
    else if (tip !== undefined) this.#tips.set(ref, tip);
  }

  async #pushOf({ ref, old, new: tip, at }: Move): Promise<Push> {
    const cut = ref.indexOf('/');
    const { commits, count } = await commitsBeyond(this.#commonDir, tip, this.#tips.values());
    return { remote: ref.slice(0, cut), branch: ref.slice(cut + 1), old, new: tip, at, commits, count };
  }

  /** Lines that were not read before; at first those of the time that a claim is about. */
  async #newLines(file: string): Promise<{ readonly lines: readonly RemoteMove[]; readonly writtenAt: number }> {
    const known = this.#read.get(file);
    const handle = await open(file, 'r').catch(() => null);
    if (handle === null) {
      this.#read.delete(file);
      return { lines: [], writtenAt: 0 };
    }
    try {
      const { size, mtimeMs: writtenAt } = await handle.stat();
      if (known === undefined && writtenAt < this.#earliest()) {
        this.#read.set(file, size);
        return { lines: [], writtenAt };
      }
      // Shorter than before: git has expired old entries, or the branch was deleted and made again.
      const start = known !== undefined && known <= size ? known : Math.max(0, size - tailBytes);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
      const text = buffer.toString('utf8', 0, bytesRead);
      this.#read.set(file, start + Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
      const lines = remoteMoves(text);
      return { lines: start === known ? lines : lines.filter(({ at }) => at >= this.#earliest()), writtenAt };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return { lines: [], writtenAt: 0 };
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** git's clock has whole seconds. */
  #earliest(): number {
    return Math.min(...[...this.#claims.values()].map(({ from }) => from)) - 1_000;
  }

  async #give(noticed: readonly Noticed[]): Promise<void> {
    const left: Noticed[] = [];
    for (const each of [...this.#unclaimed, ...noticed]) {
      const claim = await this.#ownerOf(each);
      if (claim === null) left.push(each);
      else claim.told(each.push);
    }
    this.#unclaimed = left.filter(({ push }) => push.at > this.#o.now() - lateMs);
  }

  /**
   * The worktree whose identity the line bears. A session may set another one in its environment (contract github §2.2): then it is the
   * worktree that has the pushed branch checked out, unless the person pushed it themselves.
   */
  async #ownerOf({ push, who }: Noticed): Promise<Claim | null> {
    const open = [...this.#claims.values()].filter(({ from, until }) => push.at >= from - 1_000 && push.at <= until);
    const own = open.filter((claim) => claim.who === who);
    if (own.length === 1) return own[0] ?? null;
    if (own.length === 0 && who === (await identityIn(this.#commonDir))) return null;
    for (const claim of own.length > 0 ? own : open) if ((await branchIn(claim.path)) === push.branch) return claim;
    return own.at(-1) ?? null;
  }
}

/** The branch that is checked out; null when there is none, or no worktree any more. */
async function branchIn(path: string): Promise<string | null> {
  const { stdout } = await runGit(['symbolic-ref', '--quiet', '--short', 'HEAD'], { cwd: path }).catch(() => ({ stdout: '' }));
  return stdout.trim() || null;
}

/** Who git says commits in a folder. */
async function identityIn(path: string): Promise<string | null> {
  const { code, stdout } = await runGit(['var', 'GIT_COMMITTER_IDENT'], { cwd: path });
  const [, who] = /^(.*>) \d+ [+-]\d{4}$/.exec(stdout.trim()) ?? [];
  return code === 0 ? (who ?? null) : null;
}
