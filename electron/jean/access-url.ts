import { Secret } from '../base/secret.ts';

/** A Jean's address apart from its token. */
export interface Access {
  /** Without query and without a slash at its end; a path before it (a reverse proxy's) is kept. */
  readonly url: string;
  readonly token: Secret | null;
}

/**
 * Reads the access address that Jean shows in Settings → Web Access, `http(s)://…/?token=…`, also out of the line that `jean-server`
 * prints. @throws a sentence for the person that holds nothing of what was copied
 */
export function readAccessUrl(copied: Secret): Access {
  const found = /https?:\/\/[^\s"'<>]+/i.exec(copied.reveal())?.[0];
  if (found === undefined || !URL.canParse(found))
    throw new Error('What was copied is no address. Copy the access address from Settings → Web Access in Jean, then try again.');
  const url = new URL(found);
  if (url.username !== '' || url.password !== '')
    throw new Error('That address holds a user name. Jean takes a token only; copy its own access address.');
  const token = url.searchParams.get('token');
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''), token: token ? Secret.of(token) : null };
}
