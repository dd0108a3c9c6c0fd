import { z } from 'zod';
import { nothing } from './nothing.ts';
import { cliFound, keepIn, wantedIdentity } from './ravi.ts';

/** The part of the contract between page and main that is about the account at Ravi. */
export const raviRequests = {
  /** What an installed Ravi CLI keeps, without its keys; its file is read for this. */
  'ravi.cli.look': { request: nothing, response: cliFound },
  'ravi.cli.take': { request: nothing, response: nothing },
  /** Signs in with a key that was copied: it goes from the clipboard to the secret box, never through the page. */
  'ravi.key': { request: nothing, response: nothing },
  /** Where to sign in, and where the keys go; null: Ravi's own address. False: the person thought better of it. */
  'ravi.address': { request: z.object({ address: z.url().nullable() }), response: z.boolean() },
  /** Picks an identity, for a sign-in that waits for it or in place of the one in use. */
  'ravi.choose': { request: z.object({ identity: z.string().min(1) }), response: nothing },
  /** Lists again what there is to pick from. */
  'ravi.look': { request: nothing, response: nothing },
  /** Makes an identity, which is permanent and may be billed; only from a click that says so. */
  'ravi.create': { request: wantedIdentity, response: nothing },
  /** Makes the identity's own key, where there is none. */
  'ravi.makeKey': { request: nothing, response: nothing },
  /** Where credentials are kept from now on; those that are there already are moved. */
  'ravi.keepIn': { request: z.object({ place: keepIn }), response: nothing },
  /** Gives up entries in a Ravi that does not know the key any more: their credentials are replaced first, so that they are dead there. */
  'ravi.abandon': { request: nothing, response: nothing },
} as const;
