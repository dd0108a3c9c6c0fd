import { z } from 'zod';

/** SMS and mail through Ravi: what the person has set, and what the page shows of it. Times are epoch ms. */

const ms = z.number().int().nonnegative();

/** The channels that lead away from the desk. */
export const remoteChannel = z.enum(['sms', 'email']);
export type RemoteChannel = z.infer<typeof remoteChannel>;

/** A channel's name as the person reads it. */
export const remoteChannelWords: Readonly<Record<RemoteChannel, string>> = { sms: 'SMS', email: 'E-mail' };

const addresses: Readonly<Record<RemoteChannel, { readonly shape: RegExp; readonly wrong: string }>> = {
  sms: { shape: /^\+[1-9]\d{6,14}$/, wrong: 'Type the number with + and its country code, as in +15551234567.' },
  email: {
    shape: /^[^\s@,;<>"]{1,64}@[^\s@,;<>".]+(\.[^\s@,;<>".]+)+$/,
    wrong: 'Type one e-mail address, as in you@example.com.',
  },
};

/** What a person types as a recipient, as it is kept; `wrong` says what to mend. */
export function readAddress(
  channel: RemoteChannel,
  typed: string,
): { readonly ok: true; readonly address: string } | { readonly ok: false; readonly wrong: string } {
  const { shape, wrong } = addresses[channel];
  const address = channel === 'sms' ? typed.replace(/[\s().\-/]/g, '').replace(/^00/, '+') : typed.trim();
  return shape.test(address) && address.length <= 254 ? { ok: true, address } : { ok: false, wrong };
}

export const mostRecipients = 10;

const recipient = z.object({
  address: z.string().min(3).max(254),
  /** Null: no test message was confirmed yet, so nothing is sent there. */
  verifiedAt: ms.nullable(),
});

/** What the person chooses for a channel beside its recipients. */
export const channelChoice = z.object({
  /** Which Ravi identity sends; null: the one that the companion signed in with. */
  identity: z.string().min(1).nullable(),
  /** Messages a day at most. */
  budget: z.number().int().min(0).max(500),
  /** What an agent wrote (commands, questions, plans) may leave the machine. */
  detail: z.boolean(),
});
export type ChannelChoice = z.infer<typeof channelChoice>;

export const channelSettings = channelChoice.extend({ recipients: z.array(recipient).max(mostRecipients).readonly() });
export type ChannelSettings = Readonly<z.infer<typeof channelSettings>>;

const defaultsOf = (budget: number): ChannelSettings => ({ identity: null, budget, detail: false, recipients: [] });

export const defaultChannels: Readonly<Record<RemoteChannel, ChannelSettings>> = { sms: defaultsOf(20), email: defaultsOf(50) };

/** A channel as the page shows it. */
export const channelView = channelChoice.extend({
  id: remoteChannel,
  /** `ready`: it takes notices. `waiting`: it takes them, and something stands in its way for a while. */
  state: z.enum(['off', 'ready', 'waiting', 'stopped']),
  /** A sentence: to whom it goes, or why not and what to do. */
  message: z.string(),
  /** Messages that left, or may have, since midnight. */
  used: z.number().int().nonnegative(),
  recipients: z.array(
    recipient.extend({
      /** Until when a code that was sent there can be typed in; null when there is none. */
      codeUntil: ms.nullable(),
      /** Why the last message did not arrive, or may not have. */
      trouble: z.string().nullable(),
    }),
  ),
});
export type ChannelView = z.infer<typeof channelView>;

/** Who could send: a Ravi identity, with its address and, where it has one, its number. */
export const sender = z.object({ identity: z.string(), name: z.string(), address: z.string(), phone: z.string().nullable() });
export type Sender = z.infer<typeof sender>;
