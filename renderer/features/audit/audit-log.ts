import { createStore } from 'zustand';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { Answer, ResponseOf } from '../../../shared/ipc.ts';

type Page = ResponseOf<'audit.page'>;

/** As many entries are asked for at once. */
export const pageSize = 100;

/** What is loaded of the audit log under one filter, newest first. */
export interface AuditLogState {
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Why the log, or while it is ready some part of it, could not be read; empty when all could. */
  readonly message: string;
  readonly entries: readonly AuditEntry[];
  /** Newer entries that wait until the reader comes back to the top. */
  readonly held: readonly AuditEntry[];
  /** Older entries are on their way. */
  readonly loadingMore: boolean;
  readonly next: number | null;
  /** How many entries the filter matches. */
  readonly total: number;
}

const empty: AuditLogState = {
  phase: 'loading',
  message: '',
  entries: [],
  held: [],
  loadingMore: false,
  next: null,
  total: 0,
};

/**
 * The audit log as one reader with one filter sees it: pages backwards as they scroll, and takes in what is new.
 * While the reader is away from the top, new entries are held back so that nothing moves under their eyes.
 */
export class AuditLog {
  readonly store = createStore<AuditLogState>(() => empty);
  readonly #ask: (before: number | null, limit: number) => Promise<Answer<Page>>;
  /** Newest head that an answer is known to cover. */
  #covered = 0;
  #wanted = 0;
  #holding = false;
  #asking = false;

  constructor(ask: (before: number | null, limit: number) => Promise<Answer<Page>>) {
    this.#ask = ask;
  }

  /** Loads the newest page anew. */
  async load(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const head = this.#wanted;
    const answer = await this.#ask(null, pageSize);
    this.#asking = false;
    if (answer.ok) this.#restart(answer.value, head);
    else this.store.setState({ ...this.store.getState(), phase: 'failed', message: answer.error.message });
    await this.#catchUp();
  }

  /** Loads the next older page, unless it is on its way or there is none. */
  async more(): Promise<void> {
    const { next, loadingMore } = this.store.getState();
    if (next === null || loadingMore) return;
    this.store.setState({ loadingMore: true });
    const answer = await this.#ask(next, pageSize);
    const now = this.store.getState();
    if (now.next !== next) this.store.setState({ loadingMore: false });
    else if (answer.ok) {
      this.store.setState({
        entries: [...now.entries, ...answer.value.entries],
        next: answer.value.next,
        loadingMore: false,
        message: '',
      });
    } else {
      this.store.setState({ loadingMore: false, message: answer.error.message });
    }
  }

  /** Asks again for what could not be read: older entries for who is at the end, and newer ones. */
  async again(): Promise<void> {
    this.store.setState({ message: '' });
    await this.more();
    await this.#catchUp();
  }

  /** Tells it the newest sequence number that exists. */
  async reach(head: number): Promise<void> {
    if (head <= this.#wanted) return;
    this.#wanted = head;
    await this.#catchUp();
  }

  /** Whether the reader is away from the top; coming back lets in what was held. */
  hold(away: boolean): void {
    this.#holding = away;
    const { held, entries } = this.store.getState();
    if (!away && held.length > 0) this.store.setState({ held: [], entries: [...held, ...entries] });
  }

  #restart(page: Page, head: number): void {
    this.#covered = Math.max(head, page.entries[0]?.seq ?? 0);
    this.store.setState({ ...empty, phase: 'ready', entries: page.entries, next: page.next, total: page.total });
  }

  async #catchUp(): Promise<void> {
    while (!this.#asking && this.store.getState().phase === 'ready' && this.#covered < this.#wanted) {
      this.#asking = true;
      const head = this.#wanted;
      const answer = await this.#ask(null, pageSize);
      this.#asking = false;
      if (!answer.ok) {
        this.store.setState({ message: answer.error.message });
        return;
      }
      this.#takeNewer(answer.value, head);
    }
  }

  #takeNewer(page: Page, head: number): void {
    const { entries, held } = this.store.getState();
    const newest = held[0]?.seq ?? entries[0]?.seq ?? 0;
    const newer = page.entries.filter((entry) => entry.seq > newest);
    const joins = newer.length < page.entries.length || page.next === null;
    if (!joins) {
      // More came than one page holds: what was loaded no longer joins up with it, so the list begins again.
      this.#restart(page, head);
      return;
    }
    this.#covered = Math.max(head, newest);
    const add = newer.length === 0 ? {} : this.#holding ? { held: [...newer, ...held] } : { entries: [...newer, ...entries] };
    this.store.setState({ ...add, total: page.total, message: '' });
  }
}
