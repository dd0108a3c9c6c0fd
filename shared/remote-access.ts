import { z } from 'zod';
import { readAddress } from './channels.ts';

/** Remote access: who may come in to a Jean, who is in, and how it is shared. No secret is in here. Times are epoch ms. */

const ms = z.number().int().nonnegative();
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** What a person may do at a Jean. */
export const remoteRole = z.enum(['viewer', 'operator', 'owner']);
export type RemoteRole = z.infer<typeof remoteRole>;

/** A role as the person reads it. */
export const remoteRoleWords: Readonly<Record<RemoteRole, { readonly name: string; readonly may: string }>> = {
  viewer: { name: 'Viewer', may: 'Looks at projects, sessions and what happens in them.' },
  operator: { name: 'Operator', may: 'Looks, sends messages, answers requests, cancels runs and archives.' },
  owner: { name: 'Owner', may: 'Does everything that you can do in Jean, a shell on this machine among it.' },
};

/** How long a grant may live, ms. */
export const grantLife = { shortestMs: hourMs, longestMs: 90 * dayMs, usualMs: 7 * dayMs } as const;
/** How long a rotated token may go on, ms. */
export const longestGraceMs = 60 * 60_000;
/** How long a link in a mail or an SMS waits to be used, ms. */
export const claimLifeMs = 15 * 60_000;

const wrongRange = 'Type an address or a range, as in 203.0.113.7, 192.168.1.0/24 or fd00::/8.';

/** An address or a range in CIDR. A single address is a range of one. */
export const addressRange = z
  .string()
  .trim()
  .pipe(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: wrongRange }))
  .transform((range) => (range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`));

const recipient = (channel: 'sms' | 'email') =>
  z.string().transform((typed, context) => {
    const read = readAddress(channel, typed);
    if (read.ok) return read.address;
    context.addIssue({ code: 'custom', message: read.wrong });
    return z.NEVER;
  });

/** What the person asks for when they make a grant. */
export const grantWish = z.object({
  /** A person, a device or a script. */
  person: z
    .string()
    .trim()
    .min(1, 'Say who it is for.')
    .max(80, 'A name has at most 80 characters.')
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'A name has no invisible characters.'),
  mail: recipient('email').nullable().default(null),
  /** E.164. */
  phone: recipient('sms').nullable().default(null),
  role: remoteRole,
  instanceIds: z
    .array(z.string().min(1).max(200))
    .min(1, 'Choose at least one Jean.')
    .max(50)
    .transform((ids) => [...new Set(ids)]),
  lifeMs: z
    .number()
    .int()
    .min(grantLife.shortestMs, 'A grant lives for an hour at least.')
    .max(grantLife.longestMs, 'A grant lives for 90 days at most.')
    .default(grantLife.usualMs),
  /** Empty: from everywhere. */
  addresses: z.array(addressRange).max(20, 'At most 20 ranges.').default([]),
  /** The first use binds the device that made it; the token is dead then. */
  oneTime: z.boolean().default(false),
});
/** As it is typed, without what has a default. */
export type GrantWishInput = z.input<typeof grantWish>;
export type GrantWish = Readonly<z.output<typeof grantWish>>;

/** How a grant stands. */
export const grantStanding = z.enum(['active', 'suspended', 'expired', 'revoked']);
export type GrantStanding = z.infer<typeof grantStanding>;

/** A browser that came in with a grant and has a cookie of its own. */
const deviceView = z.object({ id: z.string(), userAgent: z.string().nullable(), since: ms, lastUsedAt: ms.nullable() });

/** A grant as the page shows it. */
export const grantView = z.object({
  id: z.string(),
  person: z.string(),
  mail: z.string().nullable(),
  phone: z.string().nullable(),
  role: remoteRole,
  instanceIds: z.array(z.string()).readonly(),
  addresses: z.array(z.string()).readonly(),
  oneTime: z.boolean(),
  standing: grantStanding,
  createdAt: ms,
  expiresAt: ms,
  /** When it was revoked or ran out. */
  endedAt: ms.nullable(),
  firstUsedAt: ms.nullable(),
  lastUsedAt: ms.nullable(),
  /** Until when the token before the last rotation goes on; null when it does not. */
  graceUntil: ms.nullable(),
  /** Until when a link that was sent waits to be used; null when none does. */
  claimUntil: ms.nullable(),
  devices: z.array(deviceView).readonly(),
});
export type GrantView = Readonly<z.infer<typeof grantView>>;

/** Somebody who is in now. */
export const connectionView = z.object({
  id: z.string(),
  instanceId: z.string(),
  grantId: z.string(),
  person: z.string(),
  role: remoteRole,
  address: z.string(),
  userAgent: z.string().nullable(),
  since: ms,
  bytesIn: z.number().int().nonnegative(),
  bytesOut: z.number().int().nonnegative(),
  commands: z.number().int().nonnegative(),
  refusals: z.number().int().nonnegative(),
});
export type ConnectionView = Readonly<z.infer<typeof connectionView>>;

/** What happened at a door of late. */
export const doorView = z.object({
  /** Of its entry in the audit log. */
  seq: z.number().int().positive(),
  at: ms,
  what: z.enum(['entered', 'left', 'refused', 'locked-out']),
  instanceId: z.string().nullable(),
  grantId: z.string().nullable(),
  person: z.string().nullable(),
  address: z.string().nullable(),
  /** A plain sentence. */
  message: z.string(),
});
export type DoorView = Readonly<z.infer<typeof doorView>>;

/** Where a listener can be reached from. */
export const bindChoice = z.enum(['loopback', 'lan', 'tailscale', 'all']);
export type BindChoice = z.infer<typeof bindChoice>;

/** What is wrong with how Jean itself listens, and whether one click mends it. */
export const jeanWarning = z.object({
  id: z.enum(['beyond-loopback', 'no-token']),
  message: z.string(),
  /** What to set where, in words. */
  remedy: z.string(),
  /** Whether the companion can set it. */
  mendable: z.boolean(),
});
export type JeanWarning = Readonly<z.infer<typeof jeanWarning>>;

/** How often Jean's own token is made anew. */
export const rotationEvery = z.enum(['never', 'daily', 'weekly', 'monthly']);
export type RotationEvery = z.infer<typeof rotationEvery>;

/** Jean's own token, which nobody but the companion sees. */
export const jeanTokenView = z.object({
  /** `waiting`: a new one was made, and Jean goes on with the old one until it restarts. */
  state: z.enum(['unknown', 'in-step', 'rotating', 'waiting', 'restarting']),
  /** A plain sentence: which token works, and what is to be done. */
  message: z.string(),
  /** Where it is kept, in words; null when it is not kept yet. */
  vault: z.string().nullable(),
  vaultKey: z.string(),
  every: rotationEvery,
  /** Hour of the day, local time. */
  quietHour: z.number().int().min(0).max(23),
  rotatedAt: ms.nullable(),
  nextAt: ms.nullable(),
  /** How it can be restarted from here: by a systemd user unit, a command, or not at all. */
  restart: z.enum(['none', 'unit', 'command']),
  trouble: z.string().nullable(),
});
export type JeanTokenView = Readonly<z.infer<typeof jeanTokenView>>;

/** How one Jean is shared. */
export const listenerView = z.object({
  instanceId: z.string(),
  name: z.string(),
  shared: z.boolean(),
  state: z.enum(['off', 'starting', 'listening', 'paused', 'failed']),
  /** What to give to others; null when it does not listen. */
  address: z.string().nullable(),
  bind: bindChoice,
  port: z.number().int().min(0).max(65_535),
  tls: z
    .object({
      kind: z.enum(['self-signed', 'own-files']),
      /** SHA-256, as browsers show it. */
      fingerprint: z.string(),
      validUntil: ms,
    })
    .nullable(),
  /** Why it does not listen, or not as it should. */
  trouble: z.string().nullable(),
  warnings: z.array(jeanWarning).readonly(),
  jeanToken: jeanTokenView.nullable(),
});
export type ListenerView = Readonly<z.infer<typeof listenerView>>;
