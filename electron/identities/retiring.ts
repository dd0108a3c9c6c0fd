import type { Holding, RetiredToken, RetireReport } from '../../shared/identities.ts';
import type { Secret } from '../base/secret.ts';
import { RaviPasswords } from '../ravi/passwords.ts';
import { RaviSecrets } from '../ravi/secrets.ts';
import type { RaviAccess } from './at-ravi.ts';
import { ownToken } from './checklist.ts';
import type { Desk } from './desk.ts';
import type { WaitingTokens } from './github-account.ts';
import { isGone } from './password-keeping.ts';
import type { IdentityRecord } from './records.ts';

export interface RetiringOptions {
  readonly desk: Desk;
  readonly ravi: RaviAccess & {
    /** Whether the companion's own credentials lie in its vault, or its key is used for more than this. */
    isAccounts(uuid: string): boolean;
    /** Forgets its key on this machine. */
    forget(uuid: string): Promise<void>;
  };
  readonly waiting: WaitingTokens;
  readonly isOurs: (note: string) => boolean;
  readonly domain: () => string;
  readonly sources: {
    /** Forgets the project's token here. */
    remove(projectId: string): Promise<void>;
    /** Kills it at GitHub. @throws while that is not certain */
    revoke(projectId: string): Promise<void>;
    /** The project's worktrees act as the App again. */
    leave(projectId: string): void;
    /** Kills a token that no project has taken yet. @throws while that is not certain */
    revokeWaiting(token: Secret): Promise<void>;
  };
}

/** The end of a project's identity: what is ours is taken away with the person's consent, and what can't be is said. */
export class Retiring {
  readonly #o: RetiringOptions;

  constructor(options: RetiringOptions) {
    this.#o = options;
  }

  /** What of ours is in its vault, and what stays. @throws with the reason */
  async holdings(projectId: string): Promise<{ readonly entries: readonly Holding[]; readonly stays: readonly string[] }> {
    const record = this.#o.desk.get(projectId);
    return { entries: await this.#entries(record), stays: this.#stays(record) };
  }

  /**
   * Ends it for the project. `entries`: ids of {@link holdings} that are to be deleted. What fails is said, and the identity stays with the
   * project until all of it is through; it can be tried again. @throws Refused while something is under way
   */
  async retire(projectId: string, token: RetiredToken, entries: readonly string[]): Promise<RetireReport> {
    const { desk } = this.#o;
    return await desk.work(projectId, { step: null, sentence: 'The identity is being retired.' }, async (signal) => {
      const record = desk.get(projectId);
      const stays = this.#stays(record);
      const parts = [
        await this.#endToken(record, token),
        ...(await this.#delete(record, entries, signal)),
        await this.#forgetKey(record),
      ].filter((part) => part !== null);
      const done = parts.every((part) => part.done);
      const said = parts.map(({ sentence }) => sentence).join(' ');
      desk.note(
        'identity.retired',
        projectId,
        `${record.identity?.name ?? 'The identity'} was retired. ${said}`,
        done ? 'ok' : 'failed',
      );
      if (done) desk.forget(projectId);
      return { done, parts, stays };
    });
  }

  /** Forgets an identity that nothing uses; at Ravi all stays. @throws while it is in use */
  async dismiss(projectId: string): Promise<void> {
    const { desk } = this.#o;
    await desk.work(projectId, { step: null, sentence: 'The identity is being forgotten.' }, async () => {
      const record = desk.get(projectId);
      const facts = desk.factsOf(record);
      if (facts.inUse || ownToken(record, facts))
        throw new Error('The project has its token. Retire it, so that nothing of it is left.');
      await this.#o.waiting.delete(projectId);
      await this.#forgetKey(record);
      desk.note(
        'identity.retired',
        projectId,
        `${record.identity?.name ?? 'The identity'} was forgotten here. At Ravi all stays.`,
      );
      desk.forget(projectId);
    });
  }

  async #entries(record: IdentityRecord): Promise<readonly Holding[]> {
    const { identity, password } = record;
    const { ravi, isOurs, domain } = this.#o;
    if (identity === null) return [];
    const client = await ravi.of(identity.uuid);
    // What lies there for worktrees ends with them, and not before.
    const secrets = ravi.isAccounts(identity.uuid) ? [] : await new RaviSecrets(client, isOurs).keys(identity.uuid);
    const logins = await new RaviPasswords(client, identity.uuid).of(domain());
    return [
      ...logins
        .filter(({ uuid, username }) => uuid === password?.uuid || username === record.login)
        .map(({ uuid, domain: where, username }) => ({
          id: `password:${uuid}`,
          kind: 'password' as const,
          name: where,
          detail: `Password of ${username}. Without it nobody signs in as ${username} any more.`,
        })),
      ...secrets
        .filter(({ notes }) => isOurs(notes))
        .map(({ key, notes }) => ({ id: `secret:${key}`, kind: 'secret' as const, name: key, detail: notes })),
    ];
  }

  async #endToken(record: IdentityRecord, token: RetiredToken): Promise<RetireReport['parts'][number] | null> {
    const { desk, sources, waiting } = this.#o;
    const { projectId, projectName } = record;
    const facts = desk.factsOf(record);
    try {
      const waited = await waiting.get(projectId);
      if (waited !== null && token === 'revoke') await sources.revokeWaiting(waited);
      await waiting.delete(projectId);
      desk.change(projectId, { token: null });
      if (!ownToken(record, facts))
        return waited && { done: true, sentence: tokenWords[token === 'revoke' ? 'revoke' : 'remove'] };
      if (token === 'keep')
        return {
          done: true,
          sentence: facts.inUse
            ? `The worktrees of ${projectName} go on with its token.`
            : `Its token stays with ${projectName}, unused.`,
        };
      if (facts.inUse) sources.leave(projectId);
      if (token === 'revoke') await sources.revoke(projectId);
      else await sources.remove(projectId);
      return {
        done: true,
        sentence: `${facts.inUse ? `The worktrees of ${projectName} act as the GitHub App again. ` : ''}${tokenWords[token]}`,
      };
    } catch (error) {
      return { done: false, sentence: `Its token is not through yet. ${sentenceOf(error)}` };
    }
  }

  async #delete(record: IdentityRecord, ids: readonly string[], signal: AbortSignal): Promise<RetireReport['parts'][number][]> {
    const { identity } = record;
    if (identity === null || ids.length === 0) return [];
    const { ravi, isOurs, desk } = this.#o;
    const parts: RetireReport['parts'][number][] = [];
    let entries: readonly Holding[];
    try {
      entries = await this.#entries(record);
    } catch (error) {
      return [{ done: false, sentence: `Its vault could not be read. ${sentenceOf(error)}` }];
    }
    const client = await ravi.of(identity.uuid);
    // What is gone already is as it should be; an id that is none of ours is not touched.
    for (const { id, kind, name } of entries.filter((entry) => ids.includes(entry.id))) {
      try {
        const what = id.slice(id.indexOf(':') + 1);
        if (kind === 'secret') await new RaviSecrets(client, isOurs).remove(identity.uuid, what, signal);
        else await new RaviPasswords(client, identity.uuid).delete(what, signal);
        parts.push({ done: true, sentence: `${name} was deleted from its vault.` });
      } catch (error) {
        if (isGone(error)) parts.push({ done: true, sentence: `${name} was gone from its vault already.` });
        else parts.push({ done: false, sentence: `${name} is still in its vault. ${sentenceOf(error)}` });
        continue;
      }
      if (kind === 'password') desk.change(record.projectId, { password: null });
    }
    return parts;
  }

  /** Its key goes from this machine, unless somebody else here needs it. */
  async #forgetKey({ projectId, identity }: IdentityRecord): Promise<RetireReport['parts'][number] | null> {
    const { desk, ravi } = this.#o;
    if (identity === null || ravi.isAccounts(identity.uuid)) return null;
    if (desk.all().some((one) => one.projectId !== projectId && one.identity?.uuid === identity.uuid)) return null;
    try {
      await ravi.forget(identity.uuid);
      return { done: true, sentence: 'Its key is no longer on this machine.' };
    } catch (error) {
      return { done: false, sentence: `Its key is still on this machine. ${sentenceOf(error)}` };
    }
  }

  #stays({ identity, account }: IdentityRecord): readonly string[] {
    if (identity === null) return [];
    const own = this.#o.ravi.isAccounts(identity.uuid)
      ? ['It is the identity that the companion itself uses: what its vault keeps for worktrees ends with them.']
      : [];
    return [
      `${identity.name} and its address ${identity.inbox} stay: identities at Ravi are permanent.`,
      ...(identity.phone === null
        ? []
        : [`So does its number ${identity.phone}, and what it costs: only Ravi’s dashboard can end it.`]),
      'Its keys work until they are deleted in Ravi’s dashboard: Ravi has no other way to revoke one.',
      ...(account === null
        ? []
        : [`The account ${account.login} stays at GitHub, until it is deleted there in its own settings.`]),
      ...own,
    ];
  }
}

const tokenWords: Readonly<Record<Exclude<RetiredToken, 'keep'>, string>> = {
  remove: 'Its token was removed here; at GitHub it lives on.',
  revoke: 'Its token is dead at GitHub.',
};

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
