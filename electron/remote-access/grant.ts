import ipaddr from 'ipaddr.js';
import type { GrantStanding, RemoteRole } from '../../shared/remote-access.ts';

/** What one person, device or script may do, where, from where and for how long. Times are epoch ms. No token is in here. */
export interface Grant {
  readonly id: string;
  readonly person: string;
  readonly mail: string | null;
  readonly phone: string | null;
  readonly role: RemoteRole;
  /** At least one. */
  readonly instanceIds: readonly string[];
  /** CIDR; empty: from everywhere. */
  readonly addresses: readonly string[];
  readonly oneTime: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly suspendedAt: number | null;
  readonly revokedAt: number | null;
  /** When it was noticed that it had run out: a clock that is set back does not bring it to life again. */
  readonly expiredAt: number | null;
  readonly firstUsedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** Why somebody is not let in. */
export type RefusalReason =
  | 'unknown'
  | 'revoked'
  | 'suspended'
  | 'expired'
  | 'instance'
  | 'address'
  | 'used'
  | 'paused'
  | 'locked-out'
  | 'malformed';

/** Who was let in, as the door hands it on. */
export interface Admitted {
  readonly grant: Grant;
  readonly deviceId: string | null;
  readonly by: 'token' | 'claim' | 'cookie' | 'bearer';
  /** As the socket says it. */
  readonly address: string;
  readonly userAgent: string | null;
}

export type Admission = { readonly ok: true } | { readonly ok: false; readonly reason: RefusalReason };

/** How a grant stands at `now`. What has ended stays ended, whatever the clock says. */
export function standingOf(grant: Grant, now: number): GrantStanding {
  if (grant.revokedAt !== null) return 'revoked';
  if (grant.expiredAt !== null || now >= grant.expiresAt) return 'expired';
  return grant.suspendedAt === null ? 'active' : 'suspended';
}

/** Whether this grant lets somebody in, now, from this address, to this Jean. */
export function admit(
  grant: Grant,
  at: { readonly now: number; readonly address: string; readonly instanceId: string },
): Admission {
  const standing = standingOf(grant, at.now);
  if (standing !== 'active') return { ok: false, reason: standing };
  if (!grant.instanceIds.includes(at.instanceId)) return { ok: false, reason: 'instance' };
  if (grant.addresses.length > 0 && !grant.addresses.some((range) => isWithin(at.address, range)))
    return { ok: false, reason: 'address' };
  return { ok: true };
}

/** Spellings of addresses that were read lately: the same few come with each request. */
const spellings = new Map<string, string | null>();
const mostSpellings = 1_024;

/** An address in its one spelling: IPv4 as such also where it comes mapped into IPv6, and no zone. Null when it is none. */
export function plainAddress(text: string): string | null {
  const known = spellings.get(text);
  if (known !== undefined) return known;
  const plain = parsed(text)?.toString() ?? null;
  if (text.length > 64) return plain;
  if (spellings.size >= mostSpellings) spellings.clear();
  spellings.set(text, plain);
  return plain;
}

/** Whether an address is in a CIDR range. False for what is no address or no range. */
export function isWithin(address: string, range: string): boolean {
  const from = parsed(address);
  const slash = range.lastIndexOf('/');
  const base = parsed(range.slice(0, slash));
  const bits = range.slice(slash + 1);
  if (from === null || base === null || slash < 0 || !/^\d{1,3}$/.test(bits)) return false;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const length = Number(bits) - (base.kind() === 'ipv4' && range.includes(':') ? 96 : 0);
  if (length < 0 || length > (base.kind() === 'ipv4' ? 32 : 128) || from.kind() !== base.kind()) return false;
  return from.match(base, length);
}

function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/s, '');
  // 010.0.0.1 is 8.0.0.1 to some and 10.0.0.1 to others.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return null;
  return ipaddr.process(bare);
}
