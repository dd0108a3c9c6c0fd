import type { GrantView } from '../../shared/remote-access.ts';
import { standingOf } from './grant.ts';
import type { GrantRecord, KeptClaim, KeptDevice } from './records.ts';

/** What can become of a grant, as changes of its record. Pure: `now` is an argument, and nothing here writes. */

const keptOf = { devices: 50, claims: 5, addresses: 50 } as const;
/** A grant's last use is written down again after this long. */
const useEveryMs = 60_000;

/** It has come to its end, and nothing brings it back. */
export const hasEnded = ({ grant }: GrantRecord, now: number): boolean =>
  grant.revokedAt !== null || grant.expiredAt !== null || now >= grant.expiresAt;

/** Its end was reached and nobody has written that down yet. */
export const isDue = ({ grant }: GrantRecord, now: number): boolean =>
  grant.revokedAt === null && grant.expiredAt === null && now >= grant.expiresAt;

/** Whether what was given out in this generation still counts: all of the newest, and of those before while their grace lasts. */
export function generationCounts(record: GrantRecord, generation: number, now: number): boolean {
  if (generation === record.generation) return true;
  const token = record.tokens.find((one) => one.generation === generation);
  return token !== undefined && token.until !== null && now < token.until;
}

/** When the next thing about it ends by itself: the grace of an old token, or all of it. Null when it has ended. */
export function nextEnd(record: GrantRecord, now: number): number | null {
  if (record.grant.revokedAt !== null || record.grant.expiredAt !== null) return null;
  const graces = record.tokens.flatMap(({ until }) => (until === null || until <= now ? [] : [until]));
  return Math.min(record.grant.expiresAt, ...graces);
}

/** A new token, and the ones before it until their grace is over. Claims that wait are void: they led to the old one. */
export function rotated(record: GrantRecord, fingerprint: string, graceUntil: number): GrantRecord {
  const generation = record.generation + 1;
  const before = record.tokens.map((token) => ({ ...token, until: Math.min(token.until ?? graceUntil, graceUntil) }));
  return {
    ...record,
    generation,
    tokens: [...before, { fingerprint, generation, until: null, spent: false }],
    claims: [],
  };
}

/** What outlived its grace is taken out; null when nothing did. The hash of the token stays, so that the log can say whose it was. */
export function afterGrace(record: GrantRecord, now: number): GrantRecord | null {
  const devices = record.devices.filter((device) => generationCounts(record, device.generation, now));
  const over = record.tokens.filter(({ until }) => until !== null && until <= now && until !== 0);
  if (over.length === 0 && devices.length === record.devices.length) return null;
  const tokens = record.tokens.map((token) => (over.includes(token) ? { ...token, until: 0 } : token));
  return { ...record, devices, tokens: tokens.slice(-10) };
}

/** A link that waits. The oldest give way. */
export const withClaim = (record: GrantRecord, claim: KeptClaim): GrantRecord => ({
  ...record,
  claims: [...record.claims, claim].slice(-keptOf.claims),
});

export const withClaimUsed = (record: GrantRecord, fingerprint: string, now: number): GrantRecord => ({
  ...record,
  claims: record.claims.map((claim) => (claim.fingerprint === fingerprint ? { ...claim, usedAt: now } : claim)),
});

/** A browser more; the ones that were away the longest give way. */
export function withDevice(record: GrantRecord, device: KeptDevice): GrantRecord {
  const byUse = [...record.devices].sort((a, b) => (b.lastUsedAt ?? b.since) - (a.lastUsedAt ?? a.since));
  const kept = new Set(byUse.slice(0, keptOf.devices - 1));
  return { ...record, devices: [...record.devices.filter((one) => kept.has(one)), device] };
}

/** A one-time token has had its use, and so have the links to it. */
export const spent = (record: GrantRecord, now: number): GrantRecord => ({
  ...record,
  tokens: record.tokens.map((token) => ({ ...token, spent: true })),
  claims: record.claims.map((claim) => ({ ...claim, usedAt: claim.usedAt ?? now })),
});

/** It was used. Null when there is nothing to write: the same address within the minute. */
export function used(
  record: GrantRecord,
  by: { readonly address: string; readonly deviceId: string | null; readonly now: number },
): { readonly record: GrantRecord; readonly newAddress: boolean } | null {
  const { grant } = record;
  const newAddress = !record.seenFrom.includes(by.address);
  const device = record.devices.find((one) => one.id === by.deviceId);
  const lately = (last: number | null): boolean => last !== null && Math.abs(by.now - last) < useEveryMs;
  if (!newAddress && lately(grant.lastUsedAt) && (device === undefined || lately(device.lastUsedAt))) return null;
  return {
    newAddress,
    record: {
      ...record,
      grant: { ...grant, firstUsedAt: grant.firstUsedAt ?? by.now, lastUsedAt: by.now },
      devices: record.devices.map((one) => (one === device ? { ...one, lastUsedAt: by.now } : one)),
      seenFrom: [...record.seenFrom.filter((one) => one !== by.address), by.address].slice(-keptOf.addresses),
    },
  };
}

/** This machine's clock was set back: what is to end does so after the same time as before, not later by as much. */
export const movedBack = (record: GrantRecord, backMs: number): GrantRecord => ({
  ...record,
  grant: { ...record.grant, expiresAt: record.grant.expiresAt - backMs },
  tokens: record.tokens.map((token) => ({ ...token, until: token.until === null ? null : Math.max(0, token.until - backMs) })),
  claims: record.claims.map((claim) => ({ ...claim, until: claim.until - backMs })),
});

/** As the page shows it. */
export function viewOf(record: GrantRecord, now: number): GrantView {
  const { suspendedAt: _, revokedAt, expiredAt, ...grant } = record.grant;
  const standing = standingOf(record.grant, now);
  const graces = record.tokens.flatMap(({ until, spent: gone }) => (until !== null && until > now && !gone ? [until] : []));
  const claims = record.claims.flatMap(({ until, usedAt }) => (usedAt === null && until > now ? [until] : []));
  const living = standing === 'active' || standing === 'suspended';
  return {
    ...grant,
    standing,
    expiresAt: Math.max(0, grant.expiresAt),
    endedAt: revokedAt ?? expiredAt ?? (living ? null : Math.max(0, grant.expiresAt)),
    graceUntil: living && graces.length > 0 ? Math.max(...graces) : null,
    claimUntil: living && claims.length > 0 ? Math.max(...claims) : null,
    devices: living ? record.devices.map(({ id, userAgent, since, lastUsedAt }) => ({ id, userAgent, since, lastUsedAt })) : [],
  };
}
