import { type Ending, isOverruled } from './credentials/credential.ts';
import type { PullRequestsOptions } from './pull-requests.ts';
import type { Happening, WorktreeFacts } from './sessions/happening.ts';
import type { FoundPull } from './sessions/pull-look.ts';
import { worktreeNote } from './worktree-note.ts';

type Options = Pick<
  PullRequestsOptions,
  'board' | 'records' | 'lifecycle' | 'provisioning' | 'notices' | 'audit' | 'publish' | 'now' | 'log'
>;

/** What of a worktree's pull request the person was told, or needed not be. */
interface Told {
  readonly number: number;
  /** The commit whose checks failed. */
  readonly failing: string | null;
  /** The review that asked for changes. */
  readonly asking: string | null;
}

/** What happened so long ago is no news when it is seen for the first time, ms. */
const newsForMs = 12 * 3_600_000;

/** Part of the roof: what became of pull requests, from Jean and from GitHub, ends credentials, begins them anew, and is told once. */
export class PullNews {
  readonly #o: Options;
  readonly #told = new Map<string, Told>();

  constructor(options: Options) {
    this.#o = options;
  }

  /** A worktree's pull request is in another state, whoever said so first. */
  changed({ facts, state, by }: Extract<Happening, { type: 'pull-changed' }>): void {
    if (state !== 'merged' && state !== 'closed') return;
    const { records, notices, audit, lifecycle } = this.#o;
    const { id, pull } = facts.worktree;
    const number = pull?.number ?? null;
    const binding = records.get(id)?.binding;
    // By a restart, or by the other source; the end of another pull request is another.
    if (binding?.ending === state && isSame(binding.endedBy, number)) return;
    if (state === 'merged') notices.onPull(facts, 'merged', null);
    for (const news of ['checks-failed', 'changes-requested'] as const) notices.onPullOver(id, news);
    audit.append(worktreeNote(state === 'merged' ? 'pull.merged' : 'pull.closed', facts, `Its pull request was ${state}.`, by));
    void lifecycle().end(id, state, number);
  }

  /** GitHub told of a worktree's pull request; it was asked at `at` (epoch ms). */
  async found({ worktreeId, pull, headSha, checkedAt, review }: FoundPull, at: number): Promise<void> {
    const { board, records, publish, now } = this.#o;
    const before = records.get(worktreeId)?.binding;
    const first = !this.#told.has(worktreeId);
    const { changes, happenings } = board.setPull(worktreeId, { pull, at });
    publish(changes);
    const facts = board.worktree(worktreeId);
    if (facts === null) {
      this.#told.delete(worktreeId);
      return;
    }
    // What was so before this run began ended the credential then, or the person made it anew after that.
    const endedBefore = before != null && before.ending !== null && isSame(before.endedBy, pull.number);
    const isOld = first && isPast(pull.state) && (endedBefore || isOverruled(before, pull.state, pull.number));
    for (const happening of happenings) if (happening.type === 'pull-changed' && !isOld) this.changed(happening);
    const isNews = (since: number | null): boolean => !first || (since !== null && now() - since < newsForMs);
    const told = this.#told.get(worktreeId) ?? nothingTold;
    // Another pull request, be it of the same commits, has its own news.
    const another = told.number !== pull.number;
    // Jean may have told something else since we asked.
    const shown = facts.worktree.pull;
    const isOpen = shown !== null && shown.number === pull.number && !isPast(shown.state);
    const failing = isOpen && pull.checks === 'failing' ? headSha : null;
    const asking = isOpen && pull.review === 'changes-requested' ? (review?.id ?? null) : null;
    this.#tell(facts, 'checks-failed', told.failing, failing, first || another, isNews(checkedAt));
    this.#tell(facts, 'changes-requested', told.asking, asking, first || another, isNews(review?.at ?? null));
    this.#told.set(worktreeId, { number: pull.number, failing, asking });
    if (isOpen && before?.ending === 'closed') await this.#reopened(facts, isSame(before.endedBy, pull.number));
  }

  #tell(
    facts: WorktreeFacts,
    news: 'checks-failed' | 'changes-requested',
    before: string | null,
    of: string | null,
    fresh: boolean,
    isNews: boolean,
  ): void {
    if (before === of && !fresh) return;
    if (before !== null || of === null) this.#o.notices.onPullOver(facts.worktree.id, news);
    if (of !== null && isNews) this.#o.notices.onPull(facts, news, of);
  }

  /** Its credential ended because it was closed, and for no other reason; where it still may have one, it gets a new one. */
  async #reopened(facts: WorktreeFacts, same: boolean): Promise<void> {
    const { provisioning, records, audit } = this.#o;
    await provisioning().provision(facts, true);
    if (records.get(facts.worktree.id)?.binding.ending !== null) return;
    const words = same ? 'Its pull request was opened again.' : 'Another pull request was opened for it.';
    audit.append(worktreeNote('pull.reopened', facts, words, 'github'));
  }
}

const nothingTold: Told = { number: 0, failing: null, asking: null };

/** A number that is not known is taken for the same. */
const isSame = (one: number | null, other: number | null): boolean => one === null || other === null || one === other;

const isPast = (state: string): state is Extract<Ending, 'merged' | 'closed'> => state === 'merged' || state === 'closed';
