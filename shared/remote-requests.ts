import { z } from 'zod';
import { remoteChannel } from './channels.ts';
import { nothing } from './nothing.ts';
import { bindChoice, grantLife, grantWish, jeanWarning, longestGraceMs, rotationEvery } from './remote-access.ts';
import { hostName, mostHostNames, restartWay, sharedPort } from './remote-settings.ts';

const oneJean = z.object({ instanceId: z.string().min(1).max(200) });
const grant = z.object({ grantId: z.string().min(1).max(200) });

const shownGrant = z.object({
  grantId: z.string(),
  /** Null while there is no address to link to. */
  links: z.array(z.object({ instanceId: z.string(), name: z.string(), link: z.string() })).readonly(),
  token: z.string(),
});
/**
 * A grant's links, shown to the person once: the one secret that the page gets to see, because somebody has to hand it on. It is in the
 * answer alone, never in the state.
 */
export type ShownGrant = z.infer<typeof shownGrant>;

/** The part of the contract between page and main that is about remote access. */
export const remoteRequests = {
  /** Remote access as a whole, on or off. */
  'remote.turn': { request: z.object({ on: z.boolean() }), response: nothing },
  /** Everybody is out until it goes on. */
  'remote.pause': { request: z.object({ paused: z.boolean() }), response: nothing },
  /** Where it listens and with which encryption. `files` asks for certificate and key; `false` when that was cancelled. */
  'remote.choose': {
    request: z.object({
      bind: bindChoice,
      hosts: z.array(hostName).max(mostHostNames),
      tls: z.enum(['none', 'self-signed', 'files', 'same']),
    }),
    response: z.boolean(),
  },
  /** Whether a Jean is shared, and at which port; null: a free one. */
  'remote.share': {
    request: oneJean.extend({ shared: z.boolean(), port: sharedPort.nullable() }),
    response: nothing,
  },
  'remote.disconnect': { request: z.object({ connectionId: z.string().min(1).max(200) }), response: nothing },
  'grants.create': { request: grantWish, response: shownGrant },
  /** A new token; the one before goes on for a while. */
  'grants.rotate': {
    request: grant.extend({ graceMs: z.number().int().min(0).max(longestGraceMs) }),
    response: shownGrant,
  },
  /** It ends so long after now. */
  'grants.extend': {
    request: grant.extend({ lifeMs: z.number().int().min(grantLife.shortestMs).max(grantLife.longestMs) }),
    response: nothing,
  },
  'grants.suspend': { request: grant, response: nothing },
  'grants.resume': { request: grant, response: nothing },
  'grants.revoke': { request: z.object({ grantIds: z.array(z.string().min(1).max(200)).min(1).max(1_000) }), response: nothing },
  /** Sends a link by Ravi that dies when it is not used soon; answers what became of it. */
  'grants.send': { request: grant.extend({ over: remoteChannel }), response: z.string() },
  /** When Jean's own token is made anew. */
  'jeanToken.schedule': {
    request: z.object({ every: rotationEvery, quietHour: z.number().int().min(0).max(23) }),
    response: nothing,
  },
  'jeanToken.rotate': { request: oneJean, response: nothing },
  /** Ends what so many running sessions do, as the person was told; refused when more of them run by now. */
  'jeanToken.restart': { request: oneJean.extend({ ending: z.number().int().min(0).default(0) }), response: nothing },
  /** How this Jean is restarted; asks in a dialog of the system. `false` when that was cancelled. */
  'jeanToken.restartWay': { request: oneJean.extend({ way: restartWay.nullable() }), response: z.boolean() },
  /** Sets in Jean what a warning is about. */
  'jeanToken.mend': { request: oneJean.extend({ warning: jeanWarning.shape.id }), response: nothing },
} as const;
