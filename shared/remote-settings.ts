import { z } from 'zod';
import { bindChoice, rotationEvery } from './remote-access.ts';

/** What the person has chosen about remote access; the secrets of it (certificate keys, tokens) are elsewhere. */

/** Encryption: none (loopback alone), a certificate made on the spot, or files of the person's. */
export const tlsChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('self-signed') }),
  z.object({ kind: z.literal('files'), certificate: z.string().min(1), key: z.string().min(1) }),
]);
export type TlsChoice = Readonly<z.infer<typeof tlsChoice>>;

/** How often Jean's own token is made anew, and at which hour of the day (local time, 0 to 23). */
export const tokenRotation = z.object({
  every: rotationEvery,
  hour: z.number().int().min(0).max(23),
});
export type TokenRotation = Readonly<z.infer<typeof tokenRotation>>;

/** How a Jean without a window is restarted. */
export const restartWay = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('systemd'),
    unit: z.string().regex(/^[A-Za-z0-9:_.@-]{1,200}$/, 'A unit’s name has letters, digits and : _ . @ - only.'),
  }),
  z.object({ kind: z.literal('command'), command: z.string().trim().min(1).max(500) }),
]);
export type RestartWay = Readonly<z.infer<typeof restartWay>>;

/** A name under which people reach the gateway beside its addresses: `desk.example.org`. */
export const hostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'Type a host name, as in desk.example.org: no address, port or path.',
  );

/** A port for one Jean; those below are not a person's to take. */
export const sharedPort = z.number().int().min(1024).max(65_535);
export const mostHostNames = 10;

const sharedInstance = z.object({
  shared: z.boolean().default(true),
  /** Null until the first start has found a free one. */
  port: sharedPort.nullable().default(null),
  restart: restartWay.nullable().default(null),
});
export type SharedInstance = Readonly<z.infer<typeof sharedInstance>>;

export const remoteSettings = z.object({
  enabled: z.boolean().default(false),
  /** On, and nobody comes in until the person resumes. */
  paused: z.boolean().default(false),
  bind: bindChoice.default('loopback'),
  hosts: z.array(hostName).max(mostHostNames).readonly().default([]),
  tls: tlsChoice.default({ kind: 'none' }),
  rotation: tokenRotation.default({ every: 'never', hour: 4 }),
  /** By the id of the Jean; one that is not in here is shared at a port that is free. */
  instances: z.record(z.string(), sharedInstance).default({}),
});
export type RemoteSettings = Readonly<z.output<typeof remoteSettings>>;

export const defaultRemoteSettings: RemoteSettings = remoteSettings.parse({});
export const defaultSharedInstance: SharedInstance = sharedInstance.parse({});

/** What is encrypted with: beyond loopback nothing goes in clear, whatever a file says. */
export const tlsOf = ({ bind, tls }: Pick<RemoteSettings, 'bind' | 'tls'>): TlsChoice =>
  bind !== 'loopback' && tls.kind === 'none' ? { kind: 'self-signed' } : tls;

/** Remote access as a whole, as the page shows it. */
export const remoteView = remoteSettings.omit({ instances: true }).extend({
  id: z.literal('remote'),
  /** What is wrong with all of it, in a sentence. */
  trouble: z.string().nullable(),
});
export type RemoteView = Readonly<z.output<typeof remoteView>>;
