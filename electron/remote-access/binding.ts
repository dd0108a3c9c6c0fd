import { hostname, type NetworkInterfaceInfo } from 'node:os';
import type { BindChoice } from '../../shared/remote-access.ts';
import { isWithin } from './grant.ts';

/** What `os.networkInterfaces()` says. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
/** Tailscale gives out addresses of the carriers' shared range and of a range of its own in IPv6. */
const tailscaleRanges = ['100.64.0.0/10', 'fd7a:115c:a1e0::/48'];
const loopback = '127.0.0.1';

const isTailscale = (address: string): boolean => tailscaleRanges.some((range) => isWithin(address, range));
const isLan = (address: string): boolean => !isTailscale(address) && privateRanges.some((range) => isWithin(address, range));

/** Addresses to listen on. This computer itself is always let in at 127.0.0.1. */
export function addressesOf(bind: BindChoice, interfaces: Interfaces): readonly string[] {
  const found = Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter(({ internal, scopeid }) => !internal && (scopeid === undefined || scopeid === 0))
    .map(({ address }) => address);
  switch (bind) {
    case 'loopback':
      return [loopback];
    case 'lan':
      return [loopback, ...found.filter(isLan)];
    case 'tailscale':
      return [loopback, ...found.filter(isTailscale)];
    case 'all':
      return ['0.0.0.0', ...(found.some((address) => address.includes(':')) ? ['::'] : [])];
  }
}

/** Why there is nobody beyond this computer who could come; null when all is well. */
export function lackOf(bind: BindChoice, interfaces: Interfaces): string | null {
  if (bind === 'loopback' || bind === 'all' || addressesOf(bind, interfaces).length > 1) return null;
  return bind === 'tailscale'
    ? 'No Tailscale address was found on this computer. Start Tailscale; the gateway takes its address up by itself.'
    : 'This computer has no address in a local network now. The gateway takes one up by itself as soon as there is one.';
}

/** Names by which the gateway may be asked: its addresses, this computer, and what the person has set. */
export function namesOf(bind: BindChoice, interfaces: Interfaces, hosts: readonly string[]): readonly string[] {
  const addresses =
    bind === 'all'
      ? Object.values(interfaces).flatMap((infos) => (infos ?? []).map(({ address }) => address))
      : addressesOf(bind, interfaces);
  return [...new Set(['localhost', loopback, '::1', ...addresses, ...hosts])];
}

/** The name or address to give to others: what the person has set, else the address that is reached from farthest. */
export function sharedName(bind: BindChoice, interfaces: Interfaces, hosts: readonly string[]): string {
  const addresses =
    bind === 'all' ? [...addressesOf('lan', interfaces), ...addressesOf('tailscale', interfaces)] : addressesOf(bind, interfaces);
  const name =
    hosts[0] ??
    addresses.find((address) => address !== loopback && !address.includes(':')) ??
    addresses.find((address) => address !== loopback) ??
    loopback;
  return name.includes(':') ? `[${name}]` : name;
}

/** What this computer is called, for a certificate. */
export const computerName = (): string => hostname().toLowerCase();
