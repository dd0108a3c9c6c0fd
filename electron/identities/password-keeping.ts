import { Refused } from '../base/refused.ts';
import type { Secret } from '../base/secret.ts';
import { RaviError } from '../ravi/errors.ts';
import { RaviPasswords } from '../ravi/passwords.ts';
import { isAnswered, isRefused, type RaviAccess, stillLateMs, stillUnsure } from './at-ravi.ts';
import type { Desk } from './desk.ts';
import { suggestedLogin } from './login-name.ts';
import { newPassword } from './password.ts';

/** The password of an identity's GitHub account: made here, kept in Ravi's vault alone, read from there when it is to be shown. */
export class PasswordKeeping {
  readonly #desk: Desk;
  readonly #ravi: RaviAccess;
  readonly #domain: () => string;
  readonly #now: () => number;

  /** `domain`: where the account is, as the vault calls it. */
  constructor(desk: Desk, ravi: RaviAccess, domain: () => string, now: () => number) {
    this.#desk = desk;
    this.#ravi = ravi;
    this.#domain = domain;
    this.#now = now;
  }

  /** Makes one and keeps it; where the vault has one for that user name already, that is the one. @throws with the reason */
  async keep(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'password', sentence: 'The password is being kept in Ravi’s vault.' }, (signal) =>
      this.#keep(projectId, signal),
    );
  }

  /** Whether the vault has it still, or has it after all. */
  async check(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'password', sentence: 'Ravi’s vault is looked at.' }, async (signal) => {
      if (await this.#find(projectId, signal)) return;
      const { password } = this.#desk.named(projectId);
      this.#giveUp(projectId);
      this.#desk.change(projectId, { password: null });
      if (password !== null)
        throw new Error('Ravi’s vault does not have the password any more. Make another, and set it at GitHub.');
    });
  }

  /** For the person alone. @throws with the reason */
  async show(projectId: string): Promise<{ readonly login: string; readonly password: Secret }> {
    const { identity, password, account } = this.#desk.named(projectId);
    if (password === null) throw new Refused('invalid', 'There is no password yet. Make one first.');
    const kept = (await (await this.#vault(identity.uuid)).of(this.#domain())).find(({ uuid }) => uuid === password.uuid);
    if (kept === undefined) {
      this.#desk.change(projectId, { password: null });
      throw new Error('Ravi’s vault does not have the password any more. Make another, and set it at GitHub.');
    }
    this.#desk.note(
      'identity.password',
      projectId,
      `The password of ${kept.username} was read from Ravi’s vault, to be used by the person.`,
    );
    // Where the entry's name could not follow the account's at once, it does now.
    if (account !== null) await this.rename(projectId, account.login).catch(() => undefined);
    return { login: account?.login ?? kept.username, password: kept.password };
  }

  /** The person signed up with this name; the vault's entry follows. */
  async rename(projectId: string, login: string, signal?: AbortSignal): Promise<void> {
    const { identity, password } = this.#desk.named(projectId);
    if (password === null || password.username === login) return;
    try {
      await (await this.#vault(identity.uuid)).rename(password.uuid, login, signal);
    } catch (error) {
      if (isGone(error)) return this.#desk.change(projectId, { password: null });
      throw error;
    }
    this.#desk.change(projectId, { password: { ...password, username: login } });
  }

  async #keep(projectId: string, signal: AbortSignal): Promise<void> {
    const { intent } = this.#desk.get(projectId);
    // One thing at a time is kept that is not known: another would be forgotten over this.
    if (intent !== null && intent.what !== 'password') throw stillUnsure(intent, this.#now());
    if (await this.#find(projectId, signal)) return;
    this.#giveUp(projectId);
    const { identity, projectName } = this.#desk.named(projectId);
    const username = this.#username(projectId);
    const vault = await this.#vault(identity.uuid);
    await this.#desk.intend(projectId, { what: 'password', at: this.#now(), username });
    try {
      const notes = `Jean Ravi Companion · GitHub account for ${projectName}`;
      const { uuid } = await vault.keep({ domain: this.#domain(), username, password: newPassword(), notes }, signal);
      this.#desk.change(projectId, { password: { uuid, username }, intent: null });
    } catch (error) {
      if (isRefused(error)) this.#desk.change(projectId, { intent: null });
      else if (!signal.aborted) {
        // Perhaps it is kept all the same; where the vault can't be asked, it is asked later.
        const found = await this.#find(projectId, signal).catch(() => null);
        if (found === true) return;
        if (found === false && isAnswered(error)) this.#desk.change(projectId, { intent: null });
      }
      throw error;
    }
    this.#desk.note('identity.password', projectId, `A password for ${username} was made and is kept in Ravi’s vault.`);
  }

  /** What the vault was asked to keep did not come about. @throws while it may yet */
  #giveUp(projectId: string): void {
    const { intent } = this.#desk.get(projectId);
    if (intent?.what !== 'password') return;
    if (stillLateMs(intent, this.#now()) > 0) throw stillUnsure(intent, this.#now());
    this.#desk.change(projectId, { intent: null });
  }

  /** Takes up an entry of the vault that is its own. */
  async #find(projectId: string, signal: AbortSignal): Promise<boolean> {
    const { identity, password, intent } = this.#desk.named(projectId);
    const username = intent?.what === 'password' ? intent.username : this.#username(projectId);
    const all = await (await this.#vault(identity.uuid)).of(this.#domain(), signal);
    const found = all.find(({ uuid }) => uuid === password?.uuid) ?? all.find((one) => one.username === username);
    if (found === undefined) return false;
    this.#desk.change(projectId, {
      password: { uuid: found.uuid, username: found.username },
      ...(intent?.what === 'password' ? { intent: null } : {}),
    });
    return true;
  }

  #username(projectId: string): string {
    const { identity, login } = this.#desk.named(projectId);
    return login ?? suggestedLogin(identity.inbox);
  }

  async #vault(uuid: string): Promise<RaviPasswords> {
    return new RaviPasswords(await this.#ravi.of(uuid), uuid);
  }
}

/** Whether something that is to be deleted is gone already. */
export const isGone = (error: unknown): boolean => error instanceof RaviError && error.kind === 'not-found';
