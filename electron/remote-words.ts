import type { InstanceView } from '../shared/model.ts';
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

const webAccess = 'Turn on Settings → Web Access in Jean';
/** It runs, and is watched by its MCP socket, which no visitor can take. By its files one can't tell whether it runs. */
const isWithoutWeb = ({ road }: Pick<InstanceView, 'road'>): boolean => road === 'mcp';

/** Why there is no gateway for a Jean that is to have one: it was never connected. */
export function leadsNowhere(jean: Pick<InstanceView, 'health' | 'message' | 'road'>): string {
  if (isWithoutWeb(jean))
    return `Jean’s web access is off, so there is nothing to lead to yet. ${webAccess}; the rest goes by itself.`;
  return `There is nothing to lead to yet. ${jean.message}`.trim();
}

/** What who comes in meets, while the gateway listens and no Jean answers behind it; null while one does. */
export function awayBehind(jean: Pick<InstanceView, 'health' | 'message' | 'road'>): string | null {
  if (isWithoutWeb(jean))
    return `Jean’s web access is off, so who comes in only reads that Jean can’t be reached; grants stay good. ${webAccess}.`;
  if (jean.health !== 'offline' && jean.health !== 'refused') return null;
  return `${jean.message} Who comes in meanwhile only reads that Jean can’t be reached; grants stay good.`.trim();
}
