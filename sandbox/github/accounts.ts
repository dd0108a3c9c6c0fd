import { counter, nodeId } from './format.ts';

/** What an account is. */
export type AccountType = 'User' | 'Organization' | 'Bot';

/** A person, an organisation, or the bot of an app. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: AccountType;
}

/** Every account of the sandbox. Logins are compared without case, as GitHub does. */
export class Accounts {
  readonly #byLogin = new Map<string, Account>();
  readonly #nextId = counter(41_898_282);

  /** The account of a login, made when it isn't there yet. @throws when it exists as something else. */
  ensure(login: string, type?: AccountType): Account {
    const found = this.find(login);
    if (found === undefined) {
      const account: Account = { id: this.#nextId(), login, type: type ?? 'User' };
      this.#byLogin.set(login.toLowerCase(), account);
      return account;
    }
    if (type !== undefined && found.type !== type) throw new Error(`${login} is already there, as ${found.type}`);
    return found;
  }

  find(login: string): Account | undefined {
    return this.#byLogin.get(login.toLowerCase());
  }
}

/** An account as it is embedded in other objects of the API. */
export function accountJson(account: Account, origin: string) {
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === 'Organization' ? 'O' : account.type === 'Bot' ? 'BOT' : 'U', account.id),
    avatar_url: `${origin}/avatars/u/${account.id}`,
    url: `${origin}/users/${encodeURIComponent(account.login)}`,
    html_url: `${origin}/${account.type === 'Bot' ? `apps/${account.login.replace(/\[bot\]$/, '')}` : account.login}`,
    type: account.type,
    site_admin: false,
  };
}
