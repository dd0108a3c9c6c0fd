import { z } from 'zod';
import type { RaviClient } from './client.ts';

/** Who somebody is at Ravi: an address, and a number where one was provisioned. Names need not be unique: the uuid tells. */
export interface RaviIdentity {
  readonly uuid: string;
  readonly name: string;
  /** The mail address. */
  readonly inbox: string;
  /** Null where there is none. */
  readonly phone: string | null;
}

/** An identity as Ravi sends it; `phone` is empty, null or missing where there is none (contract ravi §3.1). */
export const identitySchema = z
  .object({
    uuid: z.string().min(1),
    name: z.string(),
    inbox: z.string(),
    phone: z.string().nullish(),
  })
  .transform(({ uuid, name, inbox, phone }): RaviIdentity => ({ uuid, name, inbox, phone: phone ? phone : null }));

/** All identities of the account; needs the management key. @throws RaviError */
export async function listIdentities(client: RaviClient, signal?: AbortSignal): Promise<readonly RaviIdentity[]> {
  return await client.list({ path: '/api/identities/', what: 'Listing the identities', signal }, identitySchema);
}
