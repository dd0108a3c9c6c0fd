import type { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { type GitHubApi, parsed } from './api.ts';
import { GitHubError } from './errors.ts';

/** What is read again and again. */
export interface Readable<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly what: string;
  readonly maxBytes?: number;
}

/** What was read, and whether it goes on: GitHub has another page of it. */
export interface Read<T> {
  readonly value: T;
  readonly more: boolean;
}

/** Something at GitHub that is asked for again and again; while it stays as it is, that costs no rate limit (contract github §7). */
export class ConditionalRead<T> {
  readonly #api: GitHubApi;
  readonly #it: Readable<T>;
  #kept: (Read<T> & { readonly etag: string }) | null = null;

  constructor(api: GitHubApi, it: Readable<T>) {
    this.#api = api;
    this.#it = it;
  }

  /** @throws GitHubError; `forbidden` where the token does not reach it */
  async read(token: Secret, signal: AbortSignal): Promise<Read<T>> {
    const { path, schema, what, maxBytes } = this.#it;
    const answer = await this.#api.send({
      path,
      bearer: token,
      headers: this.#kept === null ? {} : { 'if-none-match': this.#kept.etag },
      signal,
      // On a private repository 404 means no access (contract github §1.7).
      notFound: 'forbidden',
      what,
      maxBytes,
    });
    if (answer.status === 304) {
      if (this.#kept === null)
        throw new GitHubError('malformed', `${what} failed: GitHub says that nothing changed since nothing.`);
      return this.#kept;
    }
    const value = parsed(what, answer, schema);
    const more = /rel="next"/.test(answer.headers.get('link') ?? '');
    const etag = answer.headers.get('etag');
    this.#kept = etag === null ? null : { etag, value, more };
    return { value, more };
  }
}
