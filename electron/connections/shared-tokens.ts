import { z } from 'zod';
import { permissionsOf } from '../../shared/policy.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import { GitHubApi } from '../github/api.ts';
import { GitHubError } from '../github/errors.ts';
import { PersonTokens } from '../github/person-tokens.ts';
import { whyNotFineGrained } from '../github/token-shape.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { KeptByProject, secretField } from './kept-by-project.ts';
import type { MortalToken } from './kill-tokens.ts';
import { type IssuedToPerson, lastMinutesMs, type PersonOrder, personPermissions } from './person-order.ts';

const heldSchema = z.object({
  token: secretField,
  owner: z.object({ id: z.number(), login: z.string() }),
  repository: z.string(),
  /** Where it is good: it is never sent to another GitHub. */
  apiUrl: z.string(),
  webUrl: z.string(),
  mayPush: z.boolean(),
  /** Permissions of the project's profile that it was found not to have. */
  lacks: z.array(z.string()).default([]),
  /** Epoch ms; null: without an end. */
  expiresAt: z.number().nullable(),
  takenAt: z.number(),
  /** The shortest warning of its end that was given, ms before it. */
  told: z.number().nullable(),
});
/** A machine user's token, as it is kept. */
export type SharedToken = z.infer<typeof heldSchema>;

export interface SharedTokensOptions {
  readonly box: SecretBox;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** The GitHub that the companion works with. */
  readonly github: () => { readonly apiUrl: string; readonly webUrl: string };
  /** What is held for a project, or known of it, is another. */
  readonly onChange: (projectId: string) => void;
}

/** Fine-grained tokens of machine users, one a project, which all its worktrees share. They are not ours to make, nor to revoke. */
export class SharedTokens {
  readonly #o: SharedTokensOptions;
  readonly #kept: KeptByProject<SharedToken>;
  /** Why the last use failed, by project. */
  readonly #trouble = new Map<string, string>();
  /** What was replaced or taken away in this run, by fingerprint: asked after at its own GitHub alone. */
  readonly #former = new Map<string, string>();

  constructor(options: SharedTokensOptions) {
    this.#o = options;
    this.#kept = new KeptByProject({ prefix: 'shared', schema: heldSchema, box: options.box });
  }

  /** Takes up what earlier runs kept. */
  async start(): Promise<void> {
    await this.#kept.load((projectId) =>
      this.#trouble.set(
        projectId,
        'The shared token is on this machine, but can’t be read: the system’s key store is locked or gone.',
      ),
    );
  }

  get(projectId: string): SharedToken | null {
    return this.#kept.get(projectId);
  }

  /** Projects of which something is known. */
  projects(): readonly string[] {
    return [...new Set([...this.#kept.all().map(([projectId]) => projectId), ...this.#trouble.keys()])];
  }

  trouble(projectId: string): string | null {
    return this.#trouble.get(projectId) ?? null;
  }

  /** Keeps a token for a project after GitHub has shown that it is good there. @throws with the reason; nothing is changed then. */
  async take(order: PersonOrder, token: Secret): Promise<SharedToken> {
    const unfit = whyNotFineGrained(token);
    if (unfit !== null) throw new Error(unfit);
    const { projectId, repository } = order;
    const github = this.#o.github();
    const tokens = this.#tokens(github.apiUrl);
    const { mayPush: personMayPush, expiresAt } = await tokens.reach(token, repository);
    const mayPush = personMayPush && !(await tokens.refusesPush(token, this.#api(github.webUrl), repository));
    if (!mayPush && order.policy.profile !== 'read')
      throw new Error(
        `The token may read ${repository}, but not push to it. Give it “Contents: Read and write”, and its owner write access.`,
      );
    const lacks = await tokens.unreadable(token, repository, Object.keys(permissionsOf(order.policy)));
    const owner = await tokens.owner(token);
    const now = this.#o.now();
    this.#retire(projectId);
    const held: SharedToken = {
      token,
      owner,
      repository,
      ...github,
      mayPush,
      lacks: [...lacks],
      expiresAt,
      takenAt: now,
      told: null,
    };
    await this.#kept.put(projectId, held);
    this.#trouble.delete(projectId);
    return held;
  }

  /** What a worktree of the project gets: the one token, after a look whether GitHub still takes it. @throws with the reason */
  async mint(order: PersonOrder): Promise<IssuedToPerson> {
    const { projectId, repository } = order;
    const held = this.#kept.get(projectId);
    if (held === null) throw new Error(this.trouble(projectId) ?? 'This project has no shared token yet. Add one in Settings.');
    const { token, owner, expiresAt } = held;
    if (held.webUrl !== this.#o.github().webUrl)
      throw new Error(
        `The shared token is for ${held.webUrl}, and the companion works with another GitHub now. Replace it in Settings.`,
      );
    if (expiresAt !== null && expiresAt - this.#o.now() <= lastMinutesMs)
      throw this.#failed(projectId, new Error(`The shared token of ${owner.login} has come to its end. Replace it in Settings.`));
    try {
      const reach = await this.#tokens(held.apiUrl).reach(token, repository);
      if (this.#trouble.delete(projectId)) this.#o.onChange(projectId);
      return {
        token,
        fingerprint: fingerprintOf(token),
        holder: owner.login,
        permissions: personPermissions(reach.mayPush && held.mayPush),
        expiresAt: reach.expiresAt ?? expiresAt,
        requestId: reach.requestId,
      };
    } catch (error) {
      throw this.#failed(projectId, error);
    }
  }

  /** A worktree gives the token back. It lives on, unless its owner has revoked it. */
  async revoke(token: Secret): Promise<'dead' | 'released'> {
    const apiUrl = this.#former.get(fingerprintOf(token));
    if (apiUrl === undefined) return 'released';
    return (await this.#tokens(apiUrl).probe(token)) === 'dead' ? 'dead' : 'released';
  }

  /** Whether GitHub still takes a token of ours, this one or one before. */
  async probe(token: Secret): Promise<'alive' | 'dead' | 'unknown'> {
    return await this.#tokens(this.#former.get(fingerprintOf(token)) ?? this.#o.github().apiUrl).probe(token);
  }

  /** Forgets a project's token here; at GitHub it lives on. */
  async remove(projectId: string): Promise<void> {
    this.#retire(projectId);
    await this.#kept.delete(projectId);
    this.#trouble.delete(projectId);
  }

  /** Kills a project's token at GitHub for everybody, and forgets it. @throws GitHubError while that is not certain */
  async revokeAtGitHub(projectId: string): Promise<void> {
    const held = this.#kept.get(projectId);
    if (held === null) throw new Error('This project has no shared token.');
    await this.#tokens(held.apiUrl).revoke(held.token);
    await this.remove(projectId);
  }

  /** All that the kill switch could end. */
  mortal(): readonly MortalToken[] {
    return this.#kept.all().map(([projectId, { token, owner, repository, apiUrl }]) => {
      return { projectId, kind: 'shared', login: owner.login, repository, apiUrl, token, refresh: null };
    });
  }

  /** Remembers that the person was told of the coming end. */
  async markTold(projectId: string, told: number): Promise<void> {
    const held = this.#kept.get(projectId);
    if (held !== null) await this.#kept.put(projectId, { ...held, told });
  }

  #tokens(apiUrl: string): PersonTokens {
    return new PersonTokens(this.#api(apiUrl));
  }

  #api(apiUrl: string): GitHubApi {
    return new GitHubApi({ apiUrl, fetch: this.#o.fetch, now: this.#o.now });
  }

  #retire(projectId: string): void {
    const held = this.#kept.get(projectId);
    if (held !== null) this.#former.set(fingerprintOf(held.token), held.apiUrl);
  }

  #failed(projectId: string, error: unknown): unknown {
    const lasting = !(error instanceof GitHubError) || error.kind === 'unauthorized' || error.kind === 'forbidden';
    if (lasting && error instanceof Error && this.#trouble.get(projectId) !== error.message) {
      this.#trouble.set(projectId, error.message);
      this.#o.onChange(projectId);
    }
    return error;
  }
}
