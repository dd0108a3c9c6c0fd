import { randomInt } from 'node:crypto';
import type { Accounts } from './accounts.ts';

/** A mail that GitHub sends out into the world. */
export interface OutgoingMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Waiting {
  readonly login: string;
  readonly email: string;
  readonly password: string;
  readonly code: string;
}

const from = 'GitHub <noreply@github.com>';

/** Sign-ups of people that wait for the code of their mail: GitHub makes the account only then. */
export class SignUps {
  readonly #accounts: Accounts;
  readonly #waiting = new Map<string, Waiting>();
  /** Those who are through, by their login in small letters. */
  readonly #members = new Map<string, Waiting>();
  /** Where mails go; nowhere while nobody says. */
  deliver: (mail: OutgoingMail) => void = () => undefined;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  /** A person filled in the form: a mail with a launch code goes out. @throws where the name is none, or taken */
  begin(login: string, email: string, origin: string, password = ''): void {
    if (!/^(?=.{1,39}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/.test(login)) throw new Error(`Username ${login} may not be used.`);
    if (this.#accounts.find(login) !== undefined) throw new Error(`Username ${login} is not available.`);
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error('Email is invalid or already taken.');
    // None that could be a day: it would be read as one.
    const code = String(randomInt(32_000_000, 100_000_000));
    this.#waiting.set(login.toLowerCase(), { login, email, password, code });
    const link = `${origin}/account_verifications/confirm/${login}/${code}`;
    this.deliver({
      to: email,
      from,
      subject: '🚀 Your GitHub launch code',
      text: `Here is your GitHub launch code, @${login}!\n\nContinue signing up for GitHub by entering the code below:\n\n${code}\n\nOpen GitHub: ${link}\n\nNot able to enter the code? Paste the link into your browser.\n`,
      html: `<html><body><p>Here&#39;s your GitHub launch code, <b>@${login}</b>!</p><h1>${code}</h1><a href="${link}">Open GitHub</a></body></html>`,
    });
  }

  /** The code that came by mail makes the account. @throws where it is not the one */
  confirm(login: string, code: string): void {
    const waiting = this.#waiting.get(login.toLowerCase());
    if (waiting === undefined || waiting.code !== code.trim()) throw new Error('The code is not valid.');
    this.#waiting.delete(login.toLowerCase());
    this.#accounts.ensure(waiting.login, 'User');
    this.#members.set(login.toLowerCase(), waiting);
  }

  /** Whether that is the password of somebody who signed up here. */
  knows(login: string, password: string): boolean {
    return password !== '' && this.#members.get(login.toLowerCase())?.password === password;
  }

  /** Writes to the address that a person signed up with; to nobody where they were here before. */
  write(login: string, { subject, text }: Pick<OutgoingMail, 'subject' | 'text'>): void {
    const member = this.#members.get(login.toLowerCase());
    if (member === undefined) return;
    const html = `<html><body><pre>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre></body></html>`;
    this.deliver({ to: member.email, from, subject, text, html });
  }
}
