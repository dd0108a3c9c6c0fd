import type { BindChoice } from '../shared/remote-access.ts';

/** A link that lets in: the token is in the query, from where the gateway takes it out of the address at once. */
export const linkTo = (address: string, token: string): string => `${address}/?token=${encodeURIComponent(token)}`;

/** For a link to an address that nobody else reaches. */
export const onlyHere = 'It leads to this computer alone: for others, choose where remote access listens.';

/** Where it listens, in words. */
export const bindNames: Readonly<Record<BindChoice, string>> = {
  loopback: 'this computer only',
  lan: 'the local network',
  tailscale: 'Tailscale',
  all: 'all networks',
};
