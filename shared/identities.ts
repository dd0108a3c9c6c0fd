import { z } from 'zod';
import { nothing } from './nothing.ts';
import { raviIdentity } from './ravi.ts';

/** Who a project's agents are to the outside: an identity at Ravi with a GitHub account of its own. Times are epoch ms. */

const ms = z.number().int().nonnegative();

/** The steps from nothing to a verified account, in their order. */
export const identityStepId = z.enum([
  'identity',
  'address',
  'password',
  'sign-up',
  'mail',
  'account',
  'token',
  'invitation',
  'done',
]);
export type IdentityStepId = z.infer<typeof identityStepId>;

export const identityStep = z.object({
  id: identityStepId,
  state: z.enum(['todo', 'doing', 'done', 'failed']),
  /** What is so, or what to do next. */
  sentence: z.string(),
  /** When it was last seen to be done, or to fail; null where nothing was looked at. */
  at: ms.nullable(),
});
export type IdentityStep = z.infer<typeof identityStep>;

/** An identity of the account at Ravi, to pick from. */
const identityToPick = raviIdentity.extend({
  /** Projects that act as it by now, by name. */
  projects: z.array(z.string()).readonly(),
});
export type IdentityToPick = z.infer<typeof identityToPick>;

/** Something that came to an identity, made harmless: plain text, whatever it was. Anybody can send it. */
export const receivedView = z.object({
  /** `mail:10`, `sms:42`. */
  id: z.string(),
  over: z.enum(['mail', 'sms']),
  from: z.string(),
  /** Empty for an SMS. */
  subject: z.string(),
  text: z.string(),
  /** The text was longer than what is shown. */
  cut: z.boolean(),
  /** What looks like a code to type, likeliest first. */
  codes: z.array(z.string()).readonly(),
  /** `known`: at the GitHub that the companion works with. `id` is for `identities.open`; the address itself stays with main. */
  links: z.array(z.object({ id: z.string(), host: z.string(), known: z.boolean() })).readonly(),
  at: ms.nullable(),
});
export type ReceivedView = z.infer<typeof receivedView>;

/** A project's identity; `id` is the project's. No row: the project acts as the App, or as its other source. No secret is in it. */
export const identityView = z.object({
  id: z.string(),
  /** Null while one is being made, or is not known to have been made. */
  identity: z.object({ uuid: z.string(), name: z.string(), address: z.string(), phone: z.string().nullable() }).nullable(),
  steps: z.array(identityStep).readonly(),
  /** What to do next; null when nothing is left. */
  next: identityStepId.nullable(),
  /** What is under way, in a sentence; nothing else can be begun then. */
  busy: z.string().nullable(),
  /** Something that may or may not have come about at Ravi, in a sentence; `identities.check` of step `identity` looks again. */
  unsure: z.string().nullable(),
  /** What failed last and belongs to no step: a phone number, the end of an identity. */
  trouble: z.string().nullable(),
  /** The GitHub user name that the person signed up with; null while they did not say. */
  login: z.string().nullable(),
  /** One to sign up with. */
  suggestedLogin: z.string(),
  /** Who owns the repository: GitHub gives fine-grained tokens to an organization's members alone (contract github §1.4). Null: not known. */
  owner: z.object({ login: z.string(), organization: z.boolean() }).nullable(),
  /** A password is kept in Ravi's vault, and can be shown. */
  passwordKept: z.boolean(),
  /** The worktrees of the project commit and push as this account. */
  inUse: z.boolean(),
  /** What came to it; null while nobody watches. */
  inbox: z
    .object({
      /** Null before the first answer. */
      readAt: ms.nullable(),
      /** Why the last look failed. */
      trouble: z.string().nullable(),
      messages: z.array(receivedView).readonly(),
    })
    .nullable(),
});
export type IdentityView = z.infer<typeof identityView>;

/** Something of ours in Ravi's vault of an identity. */
export const holding = z.object({
  /** For `identities.retire`. */
  id: z.string(),
  kind: z.enum(['secret', 'password']),
  /** `JEAN_GITHUB_…`, or `github.com`. */
  name: z.string(),
  detail: z.string(),
});
export type Holding = z.infer<typeof holding>;

/** What there is to give back of an identity. */
const holdings = z.object({
  entries: z.array(holding).readonly(),
  /** What can't be deleted, and where the person goes for it. */
  stays: z.array(z.string()).readonly(),
  /** Whom else its end concerns, by name. */
  warnings: z.array(z.string()).readonly(),
});
export type Holdings = z.infer<typeof holdings>;

/** What is to become of the account's token when an identity is retired. */
export const retiredToken = z.enum(['keep', 'remove', 'revoke']);
export type RetiredToken = z.infer<typeof retiredToken>;

/** What came of retiring, part by part. */
export const retireReport = z.object({
  done: z.boolean(),
  parts: z.array(z.object({ done: z.boolean(), sentence: z.string() })).readonly(),
  /** What can't be deleted, and where the person goes for it. */
  stays: z.array(z.string()).readonly(),
});
export type RetireReport = z.infer<typeof retireReport>;

const project = z.object({ projectId: z.string().min(1).max(500) });

/** A user name at GitHub: letters, digits and single dashes between them. */
export const githubLogin = z
  .string()
  .trim()
  .regex(
    /^(?=.{1,39}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/,
    'A GitHub user name has up to 39 letters and digits, and single dashes between them.',
  );

/** The part of an address before the @ (contract ravi §3.1). */
export const localPart = z
  .string()
  .trim()
  .regex(
    /^(?!.*(?:\.\.|--))[a-z0-9][a-z0-9.-]{1,28}[a-z0-9]$/,
    'An address has 3 to 30 small letters, digits, dots and dashes, begins and ends with a letter or digit, and has no two dots or dashes together.',
  );

/** What a lease of the inbox lasts; the page renews it while it is open and visible. */
export const inboxLeaseMs = 20_000;

/** The requests about identities; `shared/ipc.ts` takes them up. */
export const identityRequests = {
  /** The identities of the account at Ravi. */
  'identities.list': { request: nothing, response: z.array(identityToPick) },
  /** Takes an identity that is there for a project; its key is made for a click, once. */
  'identities.pick': { request: project.extend({ uuid: z.string().min(1).max(200) }), response: nothing },
  /** Makes an identity: it is permanent and may be billed, and the page has asked. Null: Ravi makes the address up. */
  'identities.create': {
    request: project.extend({ name: z.string().trim().min(1).max(100), localPart: localPart.nullable() }),
    response: nothing,
  },
  /** Gets it a phone number: it may be billed, and takes up to a minute. */
  'identities.phone': {
    request: project.extend({ country: z.string().regex(/^[A-Z]{2}$/, 'A country has two capital letters, as in US.') }),
    response: nothing,
  },
  /** Makes a password and keeps it in Ravi's vault. */
  'identities.keepPassword': { request: project, response: nothing },
  /** The one secret of an identity that the page gets to see, in this answer alone. */
  'identities.password': { request: project, response: z.object({ login: z.string(), password: z.string() }) },
  /** Copies it without showing it; the clipboard is cleared after a while. */
  'identities.copyPassword': { request: project, response: z.object({ clearsInMs: ms }) },
  /** Copies a code of a mail or SMS that is shown; the clipboard is cleared after a while. */
  'identities.copyCode': {
    request: project.extend({ message: z.string().min(1).max(300), nth: z.number().int().min(0).max(20) }),
    response: z.object({ clearsInMs: ms }),
  },
  /** The user name that the person signed up with. */
  'identities.login': { request: project.extend({ login: githubLogin }), response: nothing },
  /** Looks at a step again, or tries it again where it failed. */
  'identities.check': { request: project.extend({ step: identityStepId }), response: nothing },
  /** Takes the account's fine-grained token from the clipboard; it never passes the page. Answers whose it is. */
  'identities.token': { request: project, response: z.object({ login: z.string() }) },
  /** The project's worktrees use this account from now on. */
  'identities.use': { request: project, response: nothing },
  /** Watches what comes to it for {@link inboxLeaseMs}, or no more. */
  'identities.watch': { request: project.extend({ on: z.boolean() }), response: nothing },
  /** Opens a page in the system browser. `link` takes a link's id; the page has named its host and asked. */
  'identities.open': {
    request: project.extend({
      what: z.enum(['signup', 'token-form', 'people', 'repository', 'invite', 'profile', 'dashboard', 'link']),
      id: z.string().max(300).nullable().default(null),
    }),
    response: nothing,
  },
  /** What there is of ours in its vault, and what can't be deleted. */
  'identities.holdings': { request: project, response: holdings },
  /** Ends it for the project: its token as chosen, and of the vault's entries those that the person ticked. */
  'identities.retire': {
    request: project.extend({ token: retiredToken, delete: z.array(z.string().max(300)).max(1_000) }),
    response: retireReport,
  },
  /** Forgets an identity that is not in use; at Ravi all stays. */
  'identities.dismiss': { request: project, response: nothing },
} as const;
