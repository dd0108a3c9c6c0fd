import { Refused } from '../base/refused.ts';
import type { Secret } from '../base/secret.ts';
import { whyNotFineGrained } from '../github/token-shape.ts';
import { ownToken, sameLogin } from './checklist.ts';
import type { Desk } from './desk.ts';
import type { PasswordKeeping } from './password-keeping.ts';

/** What GitHub and the project's sources are asked for. */
export interface GitHubAccess {
  /** An account by its name; null where there is none. @throws GitHubError */
  account(
    login: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: number; readonly login: string; readonly type: string } | null>;
  /** Whose token it is. @throws GitHubError */
  owner(token: Secret, signal: AbortSignal): Promise<{ readonly login: string }>;
  /** Takes a token for the project's worktrees, after GitHub has shown that it may push there. @throws with the reason */
  take(projectId: string, token: Secret): Promise<void>;
  /** Lets the project's worktrees use it. */
  use(projectId: string): void;
}

/** Tokens that wait until their account was let into the repository; in the secret box. */
export interface WaitingTokens {
  get(projectId: string): Promise<Secret | null>;
  put(projectId: string, token: Secret): Promise<void>;
  delete(projectId: string): Promise<void>;
}

/** The steps at GitHub: the account, its token, its way into the repository. */
export class GitHubAccount {
  readonly #desk: Desk;
  readonly #github: GitHubAccess;
  readonly #waiting: WaitingTokens;
  readonly #passwords: PasswordKeeping;
  readonly #now: () => number;

  constructor(desk: Desk, github: GitHubAccess, waiting: WaitingTokens, passwords: PasswordKeeping, now: () => number) {
    this.#desk = desk;
    this.#github = github;
    this.#waiting = waiting;
    this.#passwords = passwords;
    this.#now = now;
  }

  /** The person says as whom they signed up, and GitHub is asked at once. */
  async login(projectId: string, login: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'account', sentence: `GitHub is asked for ${login}.` }, async (signal) => {
      const { account } = this.#desk.named(projectId);
      this.#desk.change(projectId, { login, ...(sameLogin(account?.login ?? null, login) ? {} : { account: null }) });
      await this.#check(projectId, signal);
    });
  }

  async check(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'account', sentence: 'GitHub is asked for the account.' }, (signal) =>
      this.#check(projectId, signal),
    );
  }

  /** Takes the token that the person copied: it must be the account's. Answers whose it is. @throws with the reason */
  async token(projectId: string, token: Secret): Promise<string> {
    const login = await this.#desk.work(
      projectId,
      { step: 'token', sentence: 'GitHub is asked whose token it is.' },
      async (signal) => {
        const unfit = whyNotFineGrained(token);
        if (unfit !== null) throw new Refused('invalid', unfit);
        if (this.#desk.named(projectId).account === null) await this.#check(projectId, signal);
        const { account } = this.#desk.get(projectId);
        const owner = await this.#github.owner(token, signal);
        if (account === null || !sameLogin(owner.login, account.login))
          throw new Refused(
            'invalid',
            `That is a token of ${owner.login}. Sign in at GitHub as ${account?.login ?? 'the identity'}, make it there, and copy that one.`,
          );
        await this.#waiting.put(projectId, token);
        this.#desk.change(projectId, { token: { login: owner.login, at: this.#now() } });
        return owner.login;
      },
    );
    // That the token works is done; whether it was let into the repository yet is the next step's.
    await this.invitation(projectId).catch(() => undefined);
    return login;
  }

  /** Goes on where an earlier run was cut short with a token that waits; makes nothing. */
  async resume(projectId: string): Promise<void> {
    const record = this.#desk.find(projectId);
    if (record?.identity == null) return;
    if (ownToken(record, this.#desk.factsOf(record))) await this.invitation(projectId).catch(() => undefined);
    else if (record.token === null) await this.checkToken(projectId).catch(() => undefined);
  }

  /** Whether the token that is there works still. */
  async checkToken(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'token', sentence: 'GitHub is asked about the token.' }, async (signal) => {
      const token = await this.#waiting.get(projectId);
      const record = this.#desk.named(projectId);
      if (token === null) {
        this.#desk.change(projectId, { token: null });
        if (!ownToken(record, this.#desk.factsOf(record)))
          throw new Refused('invalid', 'There is no token yet. Copy it at GitHub first.');
        return;
      }
      const { login } = await this.#github.owner(token, signal);
      this.#desk.change(projectId, { token: { login, at: this.#now() } });
    });
  }

  /** Tries the token at the repository; where it may push, the project takes it. */
  async invitation(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'invitation', sentence: 'The token is tried at the repository.' }, async () => {
      const record = this.#desk.named(projectId);
      const token = await this.#waiting.get(projectId);
      if (token === null) {
        if (ownToken(record, this.#desk.factsOf(record))) return;
        throw new Refused('invalid', 'There is no token to try yet. Copy it at GitHub first.');
      }
      await this.#github.take(projectId, token);
      await this.#waiting.delete(projectId);
      this.#desk.change(projectId, { token: null });
      this.#desk.note('identity.checked', projectId, `${record.account?.login ?? 'Its account'} may push to the repository.`);
    });
  }

  /** The project's worktrees use it from now on. @throws while something is missing */
  async use(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'done', sentence: 'The worktrees get the account.' }, async () => {
      const record = this.#desk.named(projectId);
      if (!ownToken(record, this.#desk.factsOf(record)))
        throw new Refused('invalid', 'The project has no token of this account yet. Do the steps before first.');
      this.#github.use(projectId);
      this.#desk.note('identity.used', projectId, `The worktrees use ${record.account?.login ?? 'the account'} from now on.`);
    });
  }

  async #check(projectId: string, signal: AbortSignal): Promise<void> {
    const { login, account } = this.#desk.named(projectId);
    if (login === null) throw new Refused('invalid', 'Say first which user name you signed up with.');
    // An entry with the old name holds the right password all the same; it follows with the next look.
    const unnamed = await this.#passwords.rename(projectId, login, signal).then(
      () => null,
      (error: unknown) => error,
    );
    const found = await this.#github.account(login, signal);
    if (found === null) {
      this.#desk.change(projectId, { account: null });
      throw new Error(
        `GitHub has no account ${login} yet. Finish the sign-up there, with the code that came by mail, and look again.`,
      );
    }
    if (found.type !== 'User') {
      this.#desk.change(projectId, { account: null });
      throw new Error(
        `${found.login} is no person’s account at GitHub, but one of the kind ${found.type}. Say the name that you signed up with.`,
      );
    }
    this.#desk.change(projectId, { login: found.login, account: { id: found.id, login: found.login, at: this.#now() } });
    if (account === null) this.#desk.note('identity.checked', projectId, `${found.login} is there at GitHub.`);
    await this.#lookAtOwner(projectId, signal);
    if (unnamed !== null) throw unnamed;
  }

  /** Of which kind the repository's owner is, for the words of the next steps: where it can't be found out, they say less. */
  async #lookAtOwner(projectId: string, signal: AbortSignal): Promise<void> {
    const record = this.#desk.named(projectId);
    const owner = this.#desk.factsOf(record).repository?.split('/')[0];
    const found = owner === undefined ? null : await this.#github.account(owner, signal).catch(() => null);
    this.#desk.change(projectId, { owner: found && { login: found.login, type: found.type } });
  }
}
