import { z } from 'zod';

/** The account at Ravi as the page shows it; no key is in here. Times are epoch ms. */

const ms = z.number().int().nonnegative();

/** Who somebody is at Ravi. */
export const raviIdentity = z.object({
  uuid: z.string().min(1),
  name: z.string(),
  /** The mail address. */
  inbox: z.string(),
  phone: z.string().nullable(),
});
export type RaviIdentityView = z.infer<typeof raviIdentity>;

/** How the account is, by what can be done about it (contract ravi §1, errors). */
export const raviState = z.enum([
  'signed-out',
  'checking',
  'well',
  /** The key is on this machine, but the system's key store does not give it out. */
  'locked',
  /** 401. */
  'key-unknown',
  /** 402. */
  'plan',
  /** 403. */
  'forbidden',
  /** 409. */
  'conflict',
  /** 429. */
  'throttled',
  /** 5xx. */
  'unavailable',
  /** No answer at all. */
  'away',
  /** An answer that is none of Ravi's. */
  'strange',
]);
export type RaviState = z.infer<typeof raviState>;

/** Where the values of credentials are kept. */
export const keepIn = z.enum(['ravi', 'local']);
export type KeepIn = z.infer<typeof keepIn>;

export const raviView = z.object({
  id: z.literal('ravi'),
  state: raviState,
  /** Null while nobody is signed in. */
  account: z
    .object({
      email: z.string().nullable(),
      identity: raviIdentity,
      address: z.string(),
      /** Which keys are in the secret box. */
      keys: z.object({ management: z.boolean(), identity: z.boolean() }),
    })
    .nullable(),
  /** Others that the account has, where they are known. */
  identities: z.array(raviIdentity),
  /** The address that is used to sign in; null: Ravi's own. */
  address: z.string().nullable(),
  /** The last thing that went wrong, also when all is well again. */
  last: z.object({ state: raviState, message: z.string(), at: ms }).nullable(),
  /** What the plan did not include so far. */
  limits: z.array(z.object({ what: z.string(), message: z.string(), at: ms })),
  /** Only while a sign-in waits for the person to pick an identity. `identities` is null while they could not be listed. */
  choosing: z
    .object({ email: z.string().nullable(), identities: z.array(raviIdentity).nullable(), trouble: z.string().nullable() })
    .nullable(),
  /** Why the last sign-in came to nothing. */
  signInTrouble: z.string().nullable(),
  keepIn,
  /** Entries of credentials on their way to another vault; null while none is. */
  moving: z
    .object({
      /** "the encrypted vault on this machine". */
      to: z.string(),
      total: z.number().int(),
      /** How many are there, read back, and gone from where they were. */
      done: z.number().int(),
      trouble: z.string().nullable(),
    })
    .nullable(),
});
export type RaviView = z.infer<typeof raviView>;

/** What an installed Ravi CLI keeps, without its keys. */
export const cliFound = z.object({
  path: z.string(),
  email: z.string().nullable(),
  identityName: z.string().nullable(),
  keys: z.object({ management: z.boolean(), identity: z.boolean() }),
  /** The file's mode where others on this computer may read it. */
  looseMode: z.string().nullable(),
});
export type CliFound = z.infer<typeof cliFound>;

/** What a new identity is to be called; Ravi makes up what is left out. */
export const wantedIdentity = z.object({
  name: z.string().trim().min(1).max(80).nullable(),
  localPart: z
    .string()
    .regex(
      /^(?!.*(\.\.|--))[a-z0-9][a-z0-9.-]{1,28}[a-z0-9]$/,
      'It has 3 to 30 small letters, digits, dots and dashes, and begins and ends with a letter or digit.',
    )
    .nullable(),
});
