import type { MessageBoxOptions } from 'electron';

/** What the person is about to do with a server that they, or a page that was taken over, named by its address. */
export interface ServerUse {
  /** "Use the App’s private key at": the host comes after it. */
  readonly question: string;
  /** What the server gets to see, as a sentence. */
  readonly detail: string;
  /** The button that goes on. */
  readonly yes: string;
}

/** Index of the button that goes on; the other one, which Enter and Esc press, gives up. */
export const goesOn = 1;

/**
 * The hosts among these addresses that are none of the usual ones, each once, as a browser would write them: a name with letters of
 * another alphabet shows as `xn--…`. An address that can't be read is left to whoever reads it next.
 */
export function unusualHosts(addresses: readonly (string | null)[], usual: readonly string[]): readonly string[] {
  const hosts = addresses.flatMap((address) => (address !== null && URL.canParse(address) ? [new URL(address).host] : []));
  return [...new Set(hosts)].filter((host) => !usual.includes(host));
}

/**
 * What a dialog of the system asks before a key or a vault is used at another server than the usual one. Not the page's dialog: the page
 * is what named the address, and this is the one place where a person sees it as main does.
 */
export function serverQuestion(hosts: readonly string[], use: ServerUse): MessageBoxOptions {
  const named = hosts.join(' and ');
  return {
    type: 'warning',
    title: 'Jean Ravi Companion',
    message: `${use.question} ${named}?`,
    detail: `${use.detail} Go on only if you know that server.`,
    buttons: ['Cancel', use.yes],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}

/** What a dialog of the system asks before a Jean's token is sent to a server whose certificate nobody vouches for. */
export function certificateQuestion(it: {
  readonly host: string;
  readonly problem: string;
  readonly fingerprint: string;
}): MessageBoxOptions {
  return {
    type: 'warning',
    title: 'Jean Ravi Companion',
    message: `Trust the certificate of ${it.host}?`,
    detail:
      `${it.problem.charAt(0).toUpperCase()}${it.problem.slice(1)}. Somebody between here and there could have put it in place of the right one, ` +
      `to read Jean’s token. Go on only if this is the SHA-256 fingerprint that its server shows:\n\n${it.fingerprint}\n\n` +
      'From then on this certificate alone is taken for it.',
    buttons: ['Cancel', 'Trust this certificate'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
