import { z } from 'zod';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import { GitHubApi } from '../github/api.ts';
import { GitHubError } from '../github/errors.ts';
import { type Person, PersonTokens, type Reach } from '../github/person-tokens.ts';
import { type DeviceLogin, UserLogin, type UserTokens } from '../github/user-login.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { KeptByProject, secretField } from './kept-by-project.ts';
import type { MortalToken } from './kill-tokens.ts';
import { type IssuedToPerson, lastMinutesMs, type PersonOrder, personPermissions } from './person-order.ts';

const heldSchema = z.object({
  access: secretField,
  expiresAt: z.number(),
  refresh: secretField,
  refreshExpiresAt: z.number(),
  /** Null until GitHub has said whose it is. */
  owner: z.object({ id: z.number(), login: z.string() }).nullable(),
  clientId: z.string(),
  repository: z.string(),
  /** Where it is good: it is never sent to another GitHub. */
  apiUrl: z.string(),
  webUrl: z.string(),
  signedInAt: z.number(),
  /** A renewal was begun and its answer is not here: this pair may be dead already. */
  renewing: z.boolean(),
  /** Why it is over, in a sentence; null while it is not. */
  ended: z.string().nullable(),
});
/** A person's sign-in for one project, as it is kept. */
export type UserSignIn = z.infer<typeof heldSchema>;

export interface UserSignInsOptions {
  readonly box: SecretBox;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly github: () => { readonly apiUrl: string; readonly webUrl: string };
  /** The App's client id. Throws while no App is connected. */
  readonly clientId: () => Promise<string>;
  /** GitHub's number for `owner/name`. */
  readonly repositoryId: (repository: string) => Promise<number>;
  /** What is held for a project, or known of it, is another. */
  readonly onChange: (projectId: string) => void;
  /** A new pair is kept, and the one before is dead at GitHub. */
  readonly onRenewed: (projectId: string) => void;
  /** A sign-in is over, or a renewal's answer is lost; the sentence says what that means. */
  readonly onLost: (projectId: string, message: string) => void;
}

const notSignedIn = 'You are not signed in to GitHub for this project. Sign in under Settings.';

/** The developer's own name for a short while: a sign-in to our App by the device flow, one a project, for its repository alone. */
export class UserSignIns {
  readonly #o: UserSignInsOptions;
  readonly #kept: KeptByProject<UserSignIn>;
  readonly #trouble = new Map<string, string>();
  readonly #waiting = new Map<string, { readonly login: DeviceLogin; readonly abort: AbortController }>();
  readonly #renewing = new Map<string, Promise<UserSignIn>>();
  /** A new pair that could not be written down: nobody gets it before it is. */
  readonly #unwritten = new Map<string, UserSignIn>();
  /** Tokens that were replaced or signed out in this run, by fingerprint: asked after at their own GitHub alone. */
  readonly #former = new Map<string, string>();

  constructor(options: UserSignInsOptions) {
    this.#o = options;
    this.#kept = new KeptByProject({ prefix: 'user', schema: heldSchema, box: options.box });
  }

  /** Takes up what earlier runs kept. A renewal that the last run did not finish is finished, or told, at the next use. */
  async start(): Promise<void> {
    await this.#kept.load((projectId) =>
      this.#trouble.set(
        projectId,
        'The sign-in is on this machine, but can’t be read: the system’s key store is locked or gone.',
      ),
    );
  }

  /** Gives up what waits for a person. */
  stop(): void {
    for (const { abort } of this.#waiting.values()) abort.abort();
    this.#waiting.clear();
  }

  get(projectId: string): UserSignIn | null {
    return this.#kept.get(projectId);
  }

  /** Projects of which something is known. */
  projects(): readonly string[] {
    return [...new Set([...this.#kept.all().map(([projectId]) => projectId), ...this.#trouble.keys(), ...this.#waiting.keys()])];
  }

  trouble(projectId: string): string | null {
    return this.#trouble.get(projectId) ?? this.#kept.get(projectId)?.ended ?? null;
  }

  /** The code that waits for the person. */
  waiting(projectId: string): DeviceLogin | null {
    return this.#waiting.get(projectId)?.login ?? null;
  }

  /** Starts the device flow; `onDone` is called once the person has approved and the tokens are kept. @throws with the reason */
  async signIn(order: PersonOrder, onDone: (login: string) => void): Promise<void> {
    const { projectId, repository } = order;
    const before = this.#kept.get(projectId);
    if (before !== null && before.ended === null) throw new Error('You are signed in already. Sign out first.');
    this.cancel(projectId);
    const github = this.#o.github();
    const clientId = await this.#o.clientId();
    const repositoryId = await this.#o.repositoryId(repository);
    const abort = new AbortController();
    const flow = this.#login({ ...github, clientId });
    const ours = { login: await flow.start(abort.signal), abort };
    this.cancel(projectId);
    this.#waiting.set(projectId, ours);
    this.#trouble.delete(projectId);
    this.#o.onChange(projectId);
    const finish = async (): Promise<void> => {
      const tokens = await flow.wait(ours.login, repositoryId, abort.signal);
      const held = {
        ...tokens,
        ...github,
        clientId,
        repository,
        owner: null,
        signedInAt: this.#o.now(),
        renewing: false,
        ended: null,
      };
      await this.#kept.put(projectId, held);
      onDone((await this.#learnOwner(projectId, held)).login);
    };
    void finish()
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#trouble.set(projectId, sentenceOf(error));
      })
      .finally(() => {
        if (this.#waiting.get(projectId) === ours) this.#waiting.delete(projectId);
        this.#o.onChange(projectId);
      });
  }

  cancel(projectId: string): void {
    const waiting = this.#waiting.get(projectId);
    if (waiting === undefined) return;
    waiting.abort.abort();
    this.#waiting.delete(projectId);
    this.#o.onChange(projectId);
  }

  /** What a worktree of the project gets: the person's token, renewed where it is near its end or dead. @throws with the reason */
  async mint({ projectId, repository }: PersonOrder): Promise<IssuedToPerson> {
    let held = await this.#usable(projectId);
    let reach: Reach;
    try {
      reach = await this.#tokens(held.apiUrl).reach(held.access, repository);
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind !== 'unauthorized') throw error;
      held = await this.#renew(projectId, held);
      reach = await this.#tokens(held.apiUrl).reach(held.access, repository);
    }
    // GitHub still takes the token, so a renewal that was begun never reached it.
    if (held.renewing) await this.#amend(projectId, held, { renewing: false });
    const owner = held.owner ?? (await this.#learnOwner(projectId, held));
    return {
      token: held.access,
      fingerprint: fingerprintOf(held.access),
      holder: owner.login,
      permissions: personPermissions(reach.mayPush),
      expiresAt: held.expiresAt,
      requestId: reach.requestId,
    };
  }

  /** A worktree gives the token back. It lives on in the others, unless it was replaced or signed out. */
  async revoke(token: Secret): Promise<'dead' | 'released'> {
    const apiUrl = this.#former.get(fingerprintOf(token));
    if (apiUrl === undefined) return 'released';
    return (await this.#tokens(apiUrl).probe(token)) === 'dead' ? 'dead' : 'released';
  }

  /** Whether GitHub still takes a token of ours, this one or one before. */
  async probe(token: Secret): Promise<'alive' | 'dead' | 'unknown'> {
    return await this.#tokens(this.#former.get(fingerprintOf(token)) ?? this.#o.github().apiUrl).probe(token);
  }

  /** Kills the sign-in at GitHub and forgets it; the person gets an e-mail of it. @throws GitHubError while that is not certain */
  async signOut(projectId: string): Promise<void> {
    this.cancel(projectId);
    const held = await this.#newest(projectId);
    if (held?.ended === null) await this.#tokens(held.apiUrl).revoke(held.access, [held.refresh]);
    await this.forget(projectId);
  }

  /** All that the kill switch could end; a sign-in that waits for its person is given up. */
  async mortal(): Promise<readonly MortalToken[]> {
    for (const projectId of [...this.#waiting.keys()]) this.cancel(projectId);
    const found: MortalToken[] = [];
    for (const [projectId] of this.#kept.all()) {
      const held = await this.#newest(projectId);
      if (held === null || held.ended !== null) continue;
      const { access: token, refresh, owner, repository, apiUrl } = held;
      found.push({ projectId, kind: 'user', login: owner?.login ?? 'somebody', repository, apiUrl, token, refresh });
    }
    return found;
  }

  /** The pair that is alive at GitHub: that of a renewal under way, once it is through, though it could not be written down. */
  async #newest(projectId: string): Promise<UserSignIn | null> {
    await this.#renewing.get(projectId)?.catch(() => undefined);
    return this.#unwritten.get(projectId) ?? this.#kept.get(projectId);
  }

  /** Forgets a project's sign-in, which is dead at GitHub. */
  async forget(projectId: string): Promise<void> {
    const held = this.#unwritten.get(projectId) ?? this.#kept.get(projectId);
    if (held !== null) this.#former.set(fingerprintOf(held.access), held.apiUrl);
    await this.#kept.delete(projectId);
    this.#trouble.delete(projectId);
    this.#unwritten.delete(projectId);
  }

  async #usable(projectId: string): Promise<UserSignIn> {
    await this.#renewing.get(projectId)?.catch(() => undefined);
    const held = this.#kept.get(projectId);
    if (held === null) throw new Error(this.#trouble.get(projectId) ?? notSignedIn);
    if (held.ended !== null) throw new Error(held.ended);
    if (held.webUrl !== this.#o.github().webUrl)
      throw new Error(
        `You are signed in at ${held.webUrl}, and the companion works with another GitHub now. Sign in again in Settings.`,
      );
    const fresh = !this.#unwritten.has(projectId) && held.expiresAt - this.#o.now() > lastMinutesMs;
    return fresh ? held : await this.#renew(projectId, held);
  }

  /** One renewal at a time: a refresh token is good once (contract github §1.3). */
  #renew(projectId: string, tried: UserSignIn): Promise<UserSignIn> {
    const under = this.#renewing.get(projectId);
    if (under !== undefined) return under;
    const current = this.#kept.get(projectId);
    if (current === null) return Promise.reject(new Error(notSignedIn));
    // Another worktree was quicker.
    if (current.access !== tried.access) return Promise.resolve(current);
    const renewal = this.#renewOnce(projectId, current).finally(() => this.#renewing.delete(projectId));
    this.#renewing.set(projectId, renewal);
    return renewal;
  }

  async #renewOnce(projectId: string, held: UserSignIn): Promise<UserSignIn> {
    let next = this.#unwritten.get(projectId);
    if (next === undefined) {
      // Written first: should we die before the answer is kept, the next run knows why its pair is dead.
      if (!held.renewing) await this.#kept.put(projectId, { ...held, renewing: true });
      next = { ...held, ...(await this.#askForNext(projectId, held)), renewing: false };
      this.#unwritten.set(projectId, next);
    }
    await this.#kept.put(projectId, next);
    this.#unwritten.delete(projectId);
    this.#former.set(fingerprintOf(held.access), held.apiUrl);
    this.#o.onRenewed(projectId);
    return next;
  }

  async #askForNext(projectId: string, held: UserSignIn): Promise<UserTokens> {
    try {
      return await this.#login(held).refresh(held.refresh);
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      if (error.kind === 'unauthorized') {
        const ended = held.renewing
          ? 'Your sign-in was being renewed when the answer got lost, and its token is good only once. Sign in again.'
          : `${error.message} It may have been revoked, or is older than six months. Sign in again.`;
        await this.#kept.put(projectId, { ...held, renewing: false, ended });
        this.#o.onLost(projectId, ended);
        throw new Error(ended);
      }
      if (error.maybeIssued)
        this.#o.onLost(
          projectId,
          `${error.message} The sign-in may have been renewed without us; a token that nobody holds ends in 8 hours.`,
        );
      else if (!held.renewing) await this.#kept.put(projectId, held);
      throw error;
    }
  }

  async #learnOwner(projectId: string, held: UserSignIn): Promise<Person> {
    const owner = await this.#tokens(held.apiUrl).owner(held.access);
    await this.#amend(projectId, held, { owner });
    return owner;
  }

  /** Notes something about a pair, unless it has been replaced since, or is just being: a new pair must never be written over. */
  async #amend(projectId: string, held: UserSignIn, change: Partial<UserSignIn>): Promise<void> {
    const current = this.#kept.get(projectId);
    if (current?.access !== held.access || this.#renewing.has(projectId)) return;
    await this.#kept.put(projectId, { ...current, ...change });
    this.#o.onChange(projectId);
  }

  #login({ webUrl, clientId }: Pick<UserSignIn, 'webUrl' | 'clientId'>): UserLogin {
    return new UserLogin({ webUrl, clientId, fetch: this.#o.fetch, now: this.#o.now });
  }

  #tokens(apiUrl: string): PersonTokens {
    return new PersonTokens(new GitHubApi({ apiUrl, fetch: this.#o.fetch, now: this.#o.now }));
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
