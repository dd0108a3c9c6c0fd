import type { IdentityView } from '../../shared/identities.ts';
import { Secret } from '../base/secret.ts';
import { RaviError } from '../ravi/errors.ts';
import type { Received } from '../ravi/inbox.ts';
import type { Shown } from './received.ts';

export interface InboxWatchOptions {
  /** Reads what came since then (epoch ms). @throws RaviError */
  readonly read: (projectId: string, since: number, signal: AbortSignal) => Promise<readonly Received[]>;
  /** Host of the GitHub that the companion works with. */
  readonly webHost: () => string;
  readonly leaseMs: number;
  readonly everyMs: number;
  readonly now: () => number;
  readonly onChange: (projectId: string) => void;
  /** A mail of GitHub's with a code is there. */
  readonly onCode: (projectId: string) => void;
}

/** One that is watched. */
interface Watched {
  until: number;
  readonly abort: AbortController;
  timer: NodeJS.Timeout | undefined;
  readAt: number | null;
  trouble: string | null;
  messages: readonly Shown[];
}

const mostMessages = 30;
/** What came earlier is not for a sign-up of today, ms. */
const lookBackMs = 24 * 60 * 60_000;

/**
 * The inboxes that somebody looks at. What came to them is held only as long as the page renews its lease, and nowhere but in memory:
 * codes and links are secrets for a while.
 */
export class InboxWatch {
  readonly #o: InboxWatchOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: InboxWatchOptions) {
    this.#o = options;
  }

  /** Begins to watch, or goes on for another lease. */
  renew(projectId: string): void {
    const until = this.#o.now() + this.#o.leaseMs;
    const known = this.#watched.get(projectId);
    if (known) {
      known.until = until;
      return;
    }
    const watched: Watched = {
      until,
      abort: new AbortController(),
      timer: undefined,
      readAt: null,
      trouble: null,
      messages: [],
    };
    this.#watched.set(projectId, watched);
    this.#o.onChange(projectId);
    void this.#look(projectId, watched);
  }

  end(projectId: string): void {
    const watched = this.#watched.get(projectId);
    if (!watched) return;
    this.#watched.delete(projectId);
    watched.abort.abort();
    clearTimeout(watched.timer);
    this.#o.onChange(projectId);
  }

  stop(): void {
    for (const projectId of [...this.#watched.keys()]) this.end(projectId);
  }

  view(projectId: string): IdentityView['inbox'] {
    const watched = this.#watched.get(projectId);
    if (!watched) return null;
    const { readAt, trouble, messages } = watched;
    return { readAt, trouble, messages: messages.map(({ view }) => view) };
  }

  /** Where a link of a message that is shown leads; null for one that is not. */
  link(projectId: string, id: string): string | null {
    for (const { view, urls } of this.#watched.get(projectId)?.messages ?? []) {
      const nth = view.links.findIndex((link) => link.id === id);
      if (nth >= 0) return urls[nth]?.href ?? null;
    }
    return null;
  }

  /** A code of a message that is shown; null for one that is not. */
  code(projectId: string, id: string, nth: number): Secret | null {
    const message = this.#watched.get(projectId)?.messages.find(({ view }) => view.id === id);
    const code = message?.view.codes[nth];
    return code === undefined ? null : Secret.of(code);
  }

  /** Whether a mail of GitHub's with a code is there; nothing of it is kept. @throws RaviError */
  async hasCode(projectId: string, since: number, signal: AbortSignal): Promise<boolean> {
    const all = await this.#o.read(projectId, since, signal);
    const { isCode, shownOf } = await letters();
    return all.some((one) => isCode(shownOf(one, this.#o.webHost())));
  }

  async #look(projectId: string, watched: Watched): Promise<void> {
    const { everyMs, now, read, webHost } = this.#o;
    let pauseMs = everyMs;
    try {
      const all = await read(projectId, now() - lookBackMs, watched.abort.signal);
      const { isCode, shownOf } = await letters();
      watched.messages = all.slice(0, mostMessages).map((one) => shownOf(one, webHost()));
      watched.trouble = null;
      watched.readAt = now();
      if (watched.messages.some(isCode)) this.#o.onCode(projectId);
    } catch (error) {
      if (watched.abort.signal.aborted) return;
      watched.trouble = error instanceof Error ? error.message : String(error);
      if (error instanceof RaviError) pauseMs = Math.max(everyMs, error.retryAfterMs ?? 0);
    }
    if (watched.abort.signal.aborted) return;
    this.#o.onChange(projectId);
    this.#wait(projectId, watched, now() + pauseMs);
  }

  /** Until the next look, or the end of the lease; a lease that was renewed meanwhile makes no look come earlier. */
  #wait(projectId: string, watched: Watched, nextAt: number): void {
    const { now } = this.#o;
    const due = Math.max(0, Math.min(nextAt, watched.until) - now());
    watched.timer = setTimeout(() => {
      if (now() >= watched.until) this.end(projectId);
      else if (now() >= nextAt) void this.#look(projectId, watched);
      else this.#wait(projectId, watched, nextAt);
    }, due);
  }
}

/** How letters are read: few runs look at any. */
const letters = () => import('./received.ts');
