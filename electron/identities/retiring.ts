import type { Holding, Holdings, RetiredToken, RetireReport } from '../../shared/identities.ts';
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
    /** Other projects that have the very same token. */
    alsoUsing(projectId: string): readonly string[];
  };
}

/** The end of a project's identity: what is ours is taken away with the person's consent, and what can't be is said. */
export class Retiring {
  readonly #o: RetiringOptions;

  constructor(options: RetiringOptions) {
    this.#o = options;
  }

  /** What of ours is in its vault, what stays, and whom its end concerns too. @throws with the reason */
  async holdings(projectId: string): Promise<Holdings> {
    const record = this.#o.desk.get(projectId);
    return { entries: await this.#entries(record), stays: this.#stays(record), warnings: this.#warnings(record) };
  }

  /**
   * Ends it for the project. `entries`: ids of {@link holdings} that are to be deleted. What fails is said, and the identity stays with the
   * project until all of it is through; it can be tried again. @throws Refused while something is under way
   */
  async retire(projectId: string, token: RetiredToken, entries: readonly string[]): Promise<RetireReport> {
    const { desk } = this.#o;
    return await desk.work(projectId, { step: null, sentence: 'The identity is being retired.' }, async (signal) => {
      const record = desk.get(projectId);
      // What a run says that finds it half done.
      desk.change(projectId, { trouble: cutShort });
      const parts = [await this.#endToken(record, token), ...(await this.#delete(record, entries, signal))].filter(
        (part) => part !== null,
      );
      const left = () => parts.filter((part) => !part.done);
      // Without its key the vault may be out of reach for what is left.
      const key = left().length === 0 ? await this.#forgetKey(record) : null;
      if (key !== null) parts.push(key);
      const done = left().length === 0;
      const stays = this.#stays(desk.get(projectId));
      desk.note(
        'identity.retired',
        projectId,
        `${record.identity?.name ?? 'The identity'} was ${done ? 'retired' : 'not wholly retired'}. ${said(parts)}`,
        done ? 'ok' : 'failed',
      );
      if (done) desk.forget(projectId);
      else
        desk.change(projectId, {
          trouble: `It is not wholly retired. ${said(left())} Retire it again when that can be reached.`,
        });
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
      const key = await this.#forgetKey(record);
      if (key?.done === false) throw new Error(key.sentence);
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
    const others = this.#sharing(record);
    const shared = others.length === 0 ? '' : ` ${listed(others)} ${others.length === 1 ? 'uses' : 'use'} it too.`;
    return [
      ...logins
        .filter(({ uuid, username }) => uuid === password?.uuid || username === record.login)
        .map(({ uuid, domain: where, username }) => ({
          id: `password:${uuid}`,
          kind: 'password' as const,
          name: where,
          detail: `Password of ${username}.${shared} Without it nobody signs in as ${username} any more.`,
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
    const { ravi, isOurs } = this.#o;
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
      if (kind === 'password') this.#passwordGone(record, id.slice(id.indexOf(':') + 1));
    }
    return parts;
  }

  /** The other projects with the same identity hear that its password is no more. */
  #passwordGone({ projectId, projectName, identity }: IdentityRecord, uuid: string): void {
    const { desk } = this.#o;
    const words = `The password was deleted when ${identity?.name ?? 'the identity'} was retired from ${projectName}. Make another, and set it at GitHub.`;
    for (const one of desk.all()) {
      if (one.password?.uuid !== uuid) continue;
      desk.change(one.projectId, { password: null });
      if (one.projectId !== projectId) desk.fail(one.projectId, 'password', new Error(words));
    }
  }

  /** Names of the other projects that act as the same identity. */
  #sharing({ projectId, identity }: IdentityRecord): readonly string[] {
    return this.#o.desk
      .all()
      .filter((one) => identity !== null && one.projectId !== projectId && one.identity?.uuid === identity.uuid)
      .map(({ projectName }) => projectName);
  }

  #warnings(record: IdentityRecord): readonly string[] {
    const { desk, sources } = this.#o;
    const identities = this.#sharing(record);
    const tokens = sources.alsoUsing(record.projectId).map((id) => desk.nameOf(id));
    return [
      ...(identities.length === 0
        ? []
        : [
            `${listed(identities)} ${identities.length === 1 ? 'acts' : 'act'} as ${record.identity?.name ?? 'it'} too, and ${identities.length === 1 ? 'goes' : 'go'} on with it.`,
          ]),
      ...(tokens.length === 0
        ? []
        : [
            `${listed(tokens)} ${tokens.length === 1 ? 'has' : 'have'} the very same token. Revoked at GitHub, it is dead there too: give ${tokens.length === 1 ? 'it' : 'them'} another first, or remove it here alone.`,
          ]),
    ];
  }

  /** Its key goes from this machine, unless somebody else here needs it. */
  async #forgetKey(record: IdentityRecord): Promise<RetireReport['parts'][number] | null> {
    const { ravi } = this.#o;
    const { identity } = record;
    if (identity === null || ravi.isAccounts(identity.uuid)) return null;
    if (this.#sharing(record).length > 0) return null;
    try {
      await ravi.forget(identity.uuid);
      return { done: true, sentence: 'Its key is no longer on this machine.' };
    } catch (error) {
      return { done: false, sentence: `Its key is still on this machine. ${sentenceOf(error)}` };
    }
  }

  #stays({ identity, account, password }: IdentityRecord): readonly string[] {
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
      ...(password === null ? [] : [`Unless it is deleted, the password of ${password.username} stays in its vault.`]),
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

const cutShort = 'The Companion ended while it was being retired. Retire it again: what is through already is not done twice.';

const said = (parts: RetireReport['parts']): string => parts.map(({ sentence }) => sentence).join(' ');

/** "api, web and shop". */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
