import { z } from 'zod';
import { plainLine } from '../base/plain-line.ts';
import { Secret } from '../base/secret.ts';
import type { RaviClient } from './client.ts';
import { RaviError } from './errors.ts';

/** Who somebody is at Ravi: an address, and a number where one was provisioned. Names need not be unique: the uuid tells. */
export interface RaviIdentity {
  readonly uuid: string;
  readonly name: string;
  /** The mail address. */
  readonly inbox: string;
  /** Null where there is none. */
  readonly phone: string | null;
}

/**
 * An identity as Ravi sends it; `phone` is empty, null or missing where there is none (contract ravi §3.1). What is shown of it is one plain
 * line: whoever named it may have put marks in that turn or hide text.
 */
export const identitySchema = z
  .object({
    uuid: z.string().min(1),
    name: z.string(),
    inbox: z.string(),
    phone: z.string().nullish(),
  })
  .transform(
    ({ uuid, name, inbox, phone }): RaviIdentity => ({
      uuid,
      name: plainLine(name, 200),
      inbox: plainLine(inbox, 320),
      phone: phone ? plainLine(phone, 40) : null,
    }),
  );

/** All identities of the account; needs the management key. @throws RaviError */
export async function listIdentities(client: RaviClient, signal?: AbortSignal): Promise<readonly RaviIdentity[]> {
  return await client.list({ path: '/api/identities/', what: 'Listing the identities', signal }, identitySchema);
}

/** What a new identity is to be called; Ravi makes up what is left out (contract ravi §3.1). */
export interface WantedIdentity {
  readonly name: string | null;
  /** The part of its address before the @. */
  readonly localPart: string | null;
}

const localPart = /^(?!.*(\.\.|--))[a-z0-9][a-z0-9.-]{1,28}[a-z0-9]$/;
const madeSchema = z.object({ api_key: z.string().min(1).nullish() });

/**
 * Makes an identity, with the key that is told this once. It is permanent and may be billed, and there is no idempotency key: called once,
 * for a click of the person, and never again by itself (contract ravi §7).
 * @throws RaviError; one that may have arrived says so
 */
export async function createIdentity(
  client: RaviClient,
  { name, localPart: address }: WantedIdentity,
  signal?: AbortSignal,
): Promise<{ readonly identity: RaviIdentity; readonly key: Secret | null }> {
  if (address !== null && !localPart.test(address))
    throw new RaviError(
      'invalid',
      'An address has 3 to 30 small letters, digits, dots and dashes, begins and ends with a letter or digit, and has no two dots or dashes together.',
    );
  const body = { ...(name === null ? {} : { name }), ...(address === null ? {} : { email_identifier: address }) };
  const what = 'Making an identity';
  try {
    // Read in two: the identity's own shape is transformed.
    const made = await client.json(
      { method: 'POST', path: '/api/identities/', body, signal, what },
      z.unknown().transform((value, context) => {
        const identity = identitySchema.safeParse(value);
        const extra = madeSchema.safeParse(value);
        if (identity.success && extra.success) return { identity: identity.data, key: extra.data.api_key ?? null };
        context.addIssue({ code: 'custom', message: 'no identity' });
        return z.NEVER;
      }),
    );
    return { identity: made.identity, key: made.key === null ? null : Secret.of(made.key) };
  } catch (error) {
    throw error instanceof RaviError ? unsure(error) : error;
  }
}

/** A request that may have arrived may have made one, and nobody must try again before they looked. */
function unsure(error: RaviError): RaviError {
  const refused = error.status >= 400 && error.status < 500;
  if (refused || error.neverArrived || error.kind === 'invalid') return error;
  return new RaviError(
    error.kind,
    `${error.message} The identity may have been made all the same: look at the list before you make another.`,
    { status: error.status, inItsWords: error.inItsWords },
  );
}

const keySchema = z.object({
  key: z
    .string()
    .min(1)
    .transform((value) => Secret.of(value)),
});

/** Makes a key for an identity. It never expires, and only Ravi's dashboard revokes it (contract ravi §3.2). @throws RaviError */
export async function mintIdentityKey(
  client: RaviClient,
  identity: string,
  label: string,
  signal?: AbortSignal,
): Promise<Secret> {
  const body = { identity_uuid: identity, label };
  const what = 'Making a key for the identity';
  return (await client.json({ method: 'POST', path: '/api/auth/keys/identity/', body, signal, what }, keySchema)).key;
}

const labelRow = z.object({ label: z.string().nullish(), identity_uuid: z.string().nullish() });

/** Labels of the keys that an identity has; needs the management key. @throws RaviError */
export async function identityKeyLabels(client: RaviClient, identity: string): Promise<readonly string[]> {
  const rows = await client.list({ path: '/api/auth/keys/identity/', what: 'Listing the identity’s keys' }, labelRow);
  return rows.flatMap(({ label, identity_uuid }) => (label && (identity_uuid ?? identity) === identity ? [label] : []));
}

const addressRow = z.object({ email: z.string().min(1) });

/** The mail address of the identity that an identity key is fenced to: what tells whose it is (contract ravi §3.5). @throws RaviError */
export async function ownAddress(client: RaviClient): Promise<string> {
  const [row] = await client.list({ path: '/api/email/', what: 'Asking whose key it is' }, addressRow);
  if (row === undefined)
    throw new RaviError('malformed', 'Ravi names no mail address for this key, so it is not known whose it is.');
  return row.email;
}

/** Ravi's own CLI waits as long for a number as for anything; the provider behind it takes its time, ms. */
const phoneWithinMs = 90_000;

/**
 * Gets an identity a phone number. It may be billed, and is never asked for twice (contract ravi §3.1). `country`: two letters.
 * @throws RaviError; `subscription`, `conflict` where it has one, `unavailable` where there is none to be had
 */
export async function provisionPhone(
  client: RaviClient,
  identity: string,
  country: string,
  signal?: AbortSignal,
): Promise<RaviIdentity> {
  const path = `/api/identities/${encodeURIComponent(identity)}/provision-phone/`;
  const what = 'Getting a phone number';
  const body = { country_code: country };
  return await client.json({ method: 'POST', path, body, signal, what, timeoutMs: phoneWithinMs }, identitySchema);
}
