import { randomInt } from 'node:crypto';
import type { Accounts } from './accounts.ts';

/** A mail that GitHub sends to somebody. */
export interface MailToPerson {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Brings a mail to an address outside. */
export type Post = (to: string, mail: MailToPerson) => void;

interface SignUp {
  readonly login: string;
  readonly email: string;
  readonly code: string;
}

const from = 'GitHub <noreply@github.com>';
const loginShape = /^(?=.{1,39}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/;

/** People who sign up: an account is there once the code from the mail was typed (as the launch code of github.com). */
export class SignUps {
  readonly #accounts: Accounts;
  readonly #post: Post;
  readonly #waiting = new Map<string, SignUp>();
  readonly #emails = new Map<string, string>();

  constructor(accounts: Accounts, post: Post) {
    this.#accounts = accounts;
    this.#post = post;
  }

  /** Sends the code. @throws with GitHub's words when the name, address or password won't do */
  begin(login: string, email: string, password: string): void {
    if (!loginShape.test(login))
      throw new Error(
        'Username may only contain alphanumeric characters or single hyphens, and cannot begin or end with a hyphen.',
      );
    if (this.#accounts.find(login) !== undefined) throw new Error(`Username ${login} is not available.`);
    if (!/^\S+@\S+\.\S+$/.test(email)) throw new Error('Email is invalid.');
    if ([...this.#emails.values()].includes(email)) throw new Error('Email is already associated with an account.');
    if (password.length < 15 && !(password.length >= 8 && /\d/.test(password) && /[a-z]/.test(password)))
      throw new Error(
        'Password should be at least 15 characters OR at least 8 characters including a number and a lowercase letter.',
      );
    const code = String(randomInt(10_000_000, 100_000_000));
    this.#waiting.set(login.toLowerCase(), { login, email, code });
    this.#post(email, {
      from,
      subject: 'Your GitHub launch code',
      text: `Here's your GitHub launch code, @${login}!\n\nContinue signing up for GitHub by entering the code below:\n\n${code}\n`,
      html: `<p>Here's your GitHub launch code, @${login}!</p><p>Continue signing up for GitHub by entering the code below:</p><h1>${code}</h1>`,
    });
  }

  /** The person types the code. @throws when it is not theirs */
  confirm(login: string, code: string): void {
    const waiting = this.#waiting.get(login.toLowerCase());
    if (waiting === undefined || waiting.code !== code.trim())
      throw new Error('The code you entered is incorrect. Please try again.');
    this.#waiting.delete(login.toLowerCase());
    this.#accounts.ensure(waiting.login);
    this.#emails.set(login.toLowerCase(), waiting.email);
  }

  /** Writes to an account that signed up here; nobody else's address is known. */
  write(login: string, mail: Omit<MailToPerson, 'from'>): void {
    const email = this.#emails.get(login.toLowerCase());
    if (email !== undefined) this.#post(email, { ...mail, from });
  }
}
