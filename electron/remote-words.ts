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

/** What keeps visitors out of a Jean that the Companion watches by a road of its own; null where it does so by web access, or not at all. */
function withoutWeb({ health, road }: Pick<InstanceView, 'health' | 'road'>): string | null {
  if (health !== 'online') return null;
  if (road === 'mcp') return 'Jean’s web access is off';
  // By its files one can't tell whether it runs.
  return road === 'files' ? 'Jean does not run, or its web access is off' : null;
}

/** Why there is no gateway for a Jean that is to have one: it was never connected. */
export function leadsNowhere(jean: Pick<InstanceView, 'health' | 'message' | 'road'>): string {
  const why = withoutWeb(jean);
  if (why !== null) return `${why}, so there is nothing to lead to yet. ${webAccess}; the rest goes by itself.`;
  return `There is nothing to lead to yet. ${jean.message}`.trim();
}

/** What who comes in meets, while the gateway listens and no Jean answers behind it; null while one does. */
export function awayBehind(jean: Pick<InstanceView, 'health' | 'message' | 'road'>): string | null {
  const why = withoutWeb(jean);
  if (why !== null) return `${why}, so who comes in only reads that Jean can’t be reached; grants stay good. ${webAccess}.`;
  if (jean.health !== 'offline' && jean.health !== 'refused') return null;
  return `${jean.message} Who comes in meanwhile only reads that Jean can’t be reached; grants stay good.`.trim();
}
