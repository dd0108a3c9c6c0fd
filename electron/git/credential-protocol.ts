import { Secret } from '../base/secret.ts';

/** What git asks or tells (contract github §4.3; the wire is git's own credential-cache protocol). */
export interface GitRequest {
  /** `store`: the server took this password. `erase`: it refused it. `exit`: somebody wants a cache to end. */
  readonly action: 'get' | 'store' | 'erase' | 'exit';
  /** `https` or `http`; empty where git didn't say. */
  readonly protocol: string;
  /** With the port where it is not the protocol's own. */
  readonly host: string;
  /** `owner/name.git`; empty unless `credential.useHttpPath` is set. */
  readonly path: string;
  readonly username?: string;
  readonly password?: Secret;
  /** base64(SHA-256(password)), where our own helper asks: a password that is only told of need not be sent. */
  readonly fingerprint?: string;
}

/** What git gets. `refuse` answers nothing, so that git's last helper says why and ends the search. */
export type GitAnswer =
  | { readonly username: string; readonly password: Secret /** Epoch ms. */; readonly expiresAt: number }
  | { readonly refuse: true };

const actions: ReadonlySet<string> = new Set(['get', 'store', 'erase', 'exit']);
const isAction = (text: string): text is GitRequest['action'] => actions.has(text);

/** Reads a request; null when it is none. Unknown keys are ignored, as the protocol wants. */
export function parseGitRequest(text: string): GitRequest | null {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const cut = line.indexOf('=');
    if (cut < 1 || line.includes('\0')) return null;
    values.set(line.slice(0, cut), line.slice(cut + 1));
  }
  const action = values.get('action') ?? '';
  if (!isAction(action)) return null;
  const username = values.get('username');
  const password = values.get('password');
  const fingerprint = values.get('fingerprint');
  return {
    action,
    protocol: values.get('protocol') ?? '',
    host: values.get('host') ?? '',
    path: values.get('path') ?? '',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Secret.of(password) }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** Writes an answer. @throws Error when a value would break out of its line. */
export function formatGitAnswer(answer: GitAnswer): string {
  if ('refuse' in answer) return '';
  const password = answer.password.reveal();
  if (!/^[\x21-\x7e]+$/.test(password) || !/^[\x21-\x7e]+$/.test(answer.username)) {
    throw new Error('A credential for git holds characters that its protocol can’t carry.');
  }
  // git 2.39 ignores the expiry; newer ones drop a credential that is past it.
  const expiry = Math.floor(answer.expiresAt / 1000);
  return `username=${answer.username}\npassword=${password}\npassword_expiry_utc=${expiry}\n`;
}
