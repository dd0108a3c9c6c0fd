import { z } from 'zod';
import { longestMessage, personAnswer, sessionRequest } from './acting.ts';
import { attribution, pushView } from './attribution.ts';
import { auditEntry, auditFilter } from './audit.ts';
import { channelChoice, remoteChannel, sender } from './channels.ts';
import { firstStep } from './first-check.ts';
import { identityRequests } from './identities.ts';
import { instanceColour, statePatch, stateSnapshot } from './model.ts';
import { nothing } from './nothing.ts';
import { channelName, noticeEntry, noticeFilter, noticeKind, notificationSettings, outcome } from './notifications.ts';
import { credentialSettings, projectPolicy } from './policy.ts';
import { preferences, settingChange, settingsPart } from './preferences.ts';
import { raviRequests } from './ravi-requests.ts';
import { remoteRequests } from './remote-requests.ts';

/** The one contract between page and main: each request with its two schemas, and each event that main sends by itself. */

const worktree = z.object({ worktreeId: z.string().min(1) });
const session = z.object({ sessionId: z.string().min(1) });

const recipientOf = z.object({ channel: remoteChannel, address: z.string().min(1).max(300) });

/** The login of an organization at GitHub. */
const organization = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, 'An organization’s name has letters, digits and dashes.');

/** A program that the companion puts into a folder of the person's. */
export const programName = z.enum(['jean-ravi', 'gh']);
export type ProgramName = z.infer<typeof programName>;

const programView = z.object({
  name: programName,
  /** Where it is, or would be. */
  path: z.string(),
  /** `outdated`: ours, but not what would be written now. `foreign`: a file of somebody else is there. */
  state: z.enum(['installed', 'outdated', 'absent', 'foreign']),
  /** Whether shells look into its folder. */
  onPath: z.boolean(),
  /** Another program of that name, which shells find first. */
  hiddenBy: z.string().nullable(),
  /** Whether it ran, and the first line that it said; null when it is not installed. */
  works: z.boolean().nullable(),
  says: z.string().nullable(),
});
export type ProgramView = z.infer<typeof programView>;

const leavingPart = z.object({
  part: z.enum(['worktrees', 'leftovers', 'accounts', 'programs', 'banners', 'remote']),
  done: z.boolean(),
  /** What came of it, and what is left. */
  sentence: z.string(),
});
export type LeavingPart = z.infer<typeof leavingPart>;

const leavingReport = z.object({ parts: z.array(leavingPart).readonly(), done: z.boolean() });
/** What came of taking everything of ours out, part by part. */
export type LeavingReport = z.infer<typeof leavingReport>;

export const page = z.enum([
  'sessions',
  'credentials',
  'projects',
  'notifications',
  'audit',
  'settings',
  'first-steps',
  'remote',
  'identities',
]);
export type Page = z.infer<typeof page>;

export const requests = {
  'state.snapshot': { request: nothing, response: stateSnapshot },
  'credentials.rotate': { request: worktree, response: nothing },
  'credentials.revoke': { request: worktree, response: nothing },
  /** Gives the worktree's git back to the person, as it was before; its credential is revoked. */
  'credentials.release': { request: worktree, response: nothing },
  /** Gives every worktree back; `left` says what is not through yet, and why. */
  'credentials.releaseAll': {
    request: nothing,
    response: z.object({
      released: z.number().int(),
      left: z.array(z.object({ worktreeId: z.string(), name: z.string(), why: z.string() })),
    }),
  },
  /** Gives the project's own work tree a credential, because the person asked for it. */
  'credentials.base': { request: worktree, response: nothing },
  /** Takes everything of ours out of worktrees, vault, accounts and the person's folders. */
  'leaving.remove': { request: nothing, response: leavingReport },
  'leaving.quit': { request: nothing, response: nothing },
  /** The kill switch; `unverified` has the ids of the worktrees whose token is not known to be dead yet. */
  'credentials.revokeAll': {
    request: z.object({
      /** Also suspend the GitHub App wherever it is installed. */
      suspend: z.boolean(),
      /** Also kill the tokens of people that projects share, for everybody who uses them. */
      people: z.boolean().default(false),
    }),
    response: z.object({
      worktrees: z.number().int(),
      unverified: z.array(z.string()),
      /** How many installations were suspended. */
      suspended: z.number().int(),
      /** Why suspending failed, in a sentence. */
      notSuspended: z.string().nullable(),
      /** What became of each token of a person; `why` says in a sentence why one is not dead for certain. */
      people: z.array(
        z.object({ projectName: z.string(), kind: z.enum(['shared', 'user']), login: z.string(), why: z.string().nullable() }),
      ),
    }),
  },
  /** Rotates every worktree's own token; `kept` has those whose old one stays in use for now, and why. */
  'credentials.rotateAll': {
    request: nothing,
    response: z.object({
      worktrees: z.number().int(),
      kept: z.array(z.object({ worktreeId: z.string(), reason: z.string() })),
    }),
  },
  /** Looks at once whether git in a worktree is as it should be, and for ways past the companion. */
  'credentials.look': { request: worktree, response: nothing },
  /** What a session asks, in full, and what can be done about it from here. */
  'sessions.request': { request: session, response: sessionRequest },
  /** Answers what was shown under `fingerprint`; refused as `stale` when the session asks something else by now. */
  'sessions.answer': {
    request: session.extend({ fingerprint: z.string().min(1).max(100), answer: personAnswer }),
    response: nothing,
  },
  /** Sends a next message. `messageId` stays the same when it is tried again. `queued`: it waits until the turn is over. */
  'sessions.message': {
    request: session.extend({ text: z.string().trim().min(1).max(longestMessage), messageId: z.uuid() }),
    response: z.object({ queued: z.boolean() }),
  },
  'sessions.cancel': { request: session, response: nothing },
  'sessions.archive': { request: session, response: nothing },
  /** Archives the worktree of a session in Jean; its credential ends with it. */
  'sessions.archiveWorktree': { request: session, response: nothing },
  /** Opens a session in Jean, as far as Jean lets us: says how far. */
  'sessions.open': { request: session, response: z.object({ message: z.string() }) },
  'leftovers.clean': { request: z.object({ id: z.string().min(1) }), response: nothing },
  /** Mints for a worktree that has none, or tries a failed step again at once. */
  'credentials.provision': { request: worktree, response: nothing },
  'audit.page': {
    request: z.object({
      filter: auditFilter,
      before: z.number().int().positive().nullable(),
      limit: z.number().int().min(1).max(500),
    }),
    response: z.object({ entries: z.array(auditEntry), next: z.number().int().positive().nullable(), total: z.number().int() }),
  },
  /** Asks where to save; `null` when the person cancelled. */
  'audit.export': {
    request: z.object({ filter: auditFilter }),
    response: z.object({ path: z.string(), count: z.number().int() }).nullable(),
  },
  /** Who a commit, a pull request or a branch came from; null when the text is none of them. */
  'attribution.who': { request: z.object({ query: z.string().max(300) }), response: attribution.nullable() },
  /** A worktree's newest pushes. */
  'attribution.pushes': { request: worktree, response: z.array(pushView) },
  'audit.verify': {
    request: nothing,
    response: z.object({ ok: z.boolean(), count: z.number().int(), message: z.string() }),
  },
  /** Opens a file dialog for the private key; it goes from the file to the secret box, never through the page. Null: cancelled. */
  'setup.github': {
    request: z.object({
      appId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
      apiUrl: z.url().nullable(),
      webUrl: z.url().nullable(),
    }),
    response: z.object({ slug: z.string() }).nullable(),
  },
  /** Makes a GitHub App in the system browser; answers when the person is done there. Null: cancelled. */
  'setup.github.create': {
    request: z.object({
      organization: organization.nullable(),
      /** The App may be given the right to change workflow files. */
      workflows: z.boolean(),
      apiUrl: z.url().nullable(),
      webUrl: z.url().nullable(),
    }),
    response: z.object({ slug: z.string() }).nullable(),
  },
  /** Opens a file dialog for another key of the App that is connected. Null: cancelled. */
  'setup.github.key': { request: nothing, response: z.object({ fingerprint: z.string() }).nullable() },
  /** The repositories that an installation of the App covers; `names` ends at a thousand. */
  'setup.github.repositories': {
    request: z.object({ installationId: z.string().regex(/^\d{1,15}$/) }),
    response: z.object({ total: z.number().int(), names: z.array(z.string()) }),
  },
  'setup.github.cancel': { request: nothing, response: nothing },
  'setup.github.forget': { request: nothing, response: nothing },
  /** Starts Ravi's device flow; the code to type appears in the state (`services.ravi.login`). */
  'setup.ravi': { request: z.object({ baseUrl: z.url().nullable() }), response: nothing },
  'setup.ravi.cancel': { request: nothing, response: nothing },
  'setup.ravi.forget': { request: nothing, response: nothing },
  /** Opens a folder dialog for Jean's data folder; `false` when cancelled. */
  'setup.jean': { request: nothing, response: z.boolean() },
  /**
   * Watches the Jean whose access address is on the clipboard; its token goes from there to the secret box, never through the page.
   * `renewed`: it was watched already, and has a new token now.
   */
  'jeans.add': { request: nothing, response: z.object({ name: z.string(), renewed: z.boolean() }) },
  /** Null: it is called as it was before it had a name. */
  'jeans.describe': {
    request: z.object({ id: z.string().min(1), name: z.string().trim().min(1).max(60).nullable(), colour: instanceColour }),
    response: nothing,
  },
  /** Watches one no more: credentials of its worktrees end, and their git is the person's own again. */
  'jeans.remove': { request: z.object({ id: z.string().min(1) }), response: nothing },
  /** Watches the Jean on this computer again that was put aside. */
  'jeans.restore': { request: nothing, response: nothing },
  'setup.retry': { request: z.object({ service: z.enum(['jean', 'ravi', 'github']) }), response: nothing },
  /** Looks at the installed programs and runs them; takes as long as the person's shell takes to start. */
  'programs.look': {
    request: nothing,
    response: z.object({
      programs: z.array(programView),
      /** Which `gh` Jean runs: its own copy, or the first on its PATH. Null: not known. */
      jeanGh: z.enum(['jean', 'path']).nullable(),
    }),
  },
  /** `choose` asks for a folder first; `false` when that was cancelled. */
  'programs.install': { request: z.object({ name: programName, choose: z.boolean() }), response: z.boolean() },
  'programs.remove': { request: z.object({ name: programName }), response: nothing },
  /** What a project's worktrees get; their credentials follow at once. */
  'projects.policy': { request: z.object({ projectId: z.string().min(1), policy: projectPolicy }), response: nothing },
  /** When credentials are made and go to sleep, and the name of new ones in the vault. */
  'credentials.settings': { request: credentialSettings, response: nothing },
  /** Whether commits in managed worktrees carry their session and credential. */
  'setup.trailers': { request: z.object({ on: z.boolean() }), response: nothing },
  /**
   * Takes a fine-grained token for all worktrees of a project: from the clipboard, or from a key of Ravi's vault. It goes from there to
   * the secret box, never through the page. Answers whose it is.
   */
  'sources.take': {
    request: z.object({
      projectId: z.string().min(1),
      from: z.discriminatedUnion('place', [
        z.object({ place: z.literal('clipboard') }),
        z.object({
          place: z.literal('vault'),
          key: z
            .string()
            .regex(/^[A-Z][A-Z0-9_]{0,199}$/, 'A key of the vault has capital letters, digits and _ only, a letter first.'),
        }),
      ]),
    }),
    response: z.object({ login: z.string() }),
  },
  /** Forgets a project's shared token here; at GitHub it lives on. */
  'sources.remove': { request: z.object({ projectId: z.string().min(1) }), response: nothing },
  /** Kills a project's shared token or sign-in at GitHub, for everybody who uses it; its owner gets an e-mail. */
  'sources.revoke': {
    request: z.object({ projectId: z.string().min(1), source: z.enum(['shared', 'user']) }),
    response: nothing,
  },
  /** Starts GitHub's device flow; the code to type appears in the state (`sources[projectId].login`). */
  'sources.signIn': { request: z.object({ projectId: z.string().min(1) }), response: nothing },
  'sources.signIn.cancel': { request: z.object({ projectId: z.string().min(1) }), response: nothing },
  /** How the app itself behaves on this computer. */
  'settings.preferences': { request: preferences, response: nothing },
  /** Puts a part of the settings back to its defaults. */
  'settings.reset': { request: z.object({ part: settingsPart }), response: nothing },
  /** Asks where to save; `null` when the person cancelled. No secret is in the file. */
  'settings.export': { request: nothing, response: z.object({ path: z.string() }).nullable() },
  /** Asks for a file and says what it would change, and under which id that can be taken; `null` when the person cancelled. */
  'settings.import': {
    request: nothing,
    response: z.object({ id: z.string(), file: z.string(), changes: z.array(settingChange) }).nullable(),
  },
  'settings.take': { request: z.object({ id: z.string().min(1).max(64) }), response: nothing },
  /** Shows the folder with the app's data. */
  'settings.folder': { request: nothing, response: nothing },
  /** Puts one of the first steps off, or takes it up again. */
  'setup.skip': { request: z.object({ step: firstStep, skipped: z.boolean() }), response: nothing },
  /** Makes a credential in a scratch work tree of a project, has git use it, and ends it; how it goes is in the state (`check`). */
  'check.run': { request: z.object({ projectId: z.string().min(1) }), response: nothing },
  'check.stop': { request: nothing, response: nothing },
  'setup.done': { request: nothing, response: nothing },
  'sandbox.enter': { request: nothing, response: nothing },
  'sandbox.leave': { request: nothing, response: nothing },
  /** Holds all notifications but urgent ones: for an hour, until the coming morning, or no more. */
  'notifications.mute': { request: z.object({ until: z.enum(['hour', 'tomorrow']).nullable() }), response: nothing },
  'notifications.page': {
    request: z.object({
      filter: noticeFilter,
      before: z.number().int().positive().nullable(),
      limit: z.number().int().min(1).max(500),
    }),
    response: z.object({ entries: z.array(noticeEntry), next: z.number().int().positive().nullable(), total: z.number().int() }),
  },
  /** What is told, when, and over what. */
  'notifications.settings': { request: notificationSettings, response: nothing },
  /** Sends a made-up notice of a kind over one channel, whatever the rules say. */
  'notifications.test': { request: z.object({ kind: noticeKind, channel: channelName }), response: outcome },
  /** Jean's own banners, by Jean's own command: off while the companion runs, or on again. */
  'notifications.jeanBanners': { request: z.object({ off: z.boolean() }), response: nothing },
  /** Who could send at Ravi. */
  'channels.senders': { request: nothing, response: z.array(sender) },
  'channels.choose': { request: z.object({ channel: remoteChannel, choice: channelChoice }), response: nothing },
  /** Takes up a recipient; nothing goes there before it is verified. */
  'channels.add': { request: z.object({ channel: remoteChannel, address: z.string().max(300) }), response: nothing },
  'channels.remove': { request: recipientOf, response: nothing },
  /** Sends a code to a recipient. */
  'channels.verify': { request: recipientOf, response: nothing },
  /** The code that came; fails when it is not the one. */
  'channels.confirm': { request: recipientOf.extend({ code: z.string().max(20) }), response: nothing },
  /** Sends a test message to every verified recipient; answers what became of it. */
  'channels.test': { request: z.object({ channel: remoteChannel }), response: z.string() },
  /** What stopped a channel was mended. */
  'channels.retry': { request: z.object({ channel: remoteChannel }), response: nothing },
  ...remoteRequests,
  ...identityRequests,
  /** What the person is looking at, so that no notification is shown for it. */
  'view.looking': { request: z.object({ page, sessionId: z.string().nullable() }), response: nothing },
  /** Opens a page in the system browser; main knows the addresses, the page only names them. */
  'open.external': {
    request: z.object({
      target: z.enum(['pull', 'ravi-login', 'github-installation', 'github-app', 'github-login', 'token-form', 'ravi-dashboard']),
      worktreeId: z.string().nullable(),
      projectId: z.string().nullable().default(null),
    }),
    response: nothing,
  },
  ...raviRequests,
} as const;

export type RequestName = keyof typeof requests;
export type RequestOf<N extends RequestName> = z.input<(typeof requests)[N]['request']>;
export type ParsedRequestOf<N extends RequestName> = z.output<(typeof requests)[N]['request']>;
export type ResponseOf<N extends RequestName> = z.output<(typeof requests)[N]['response']>;

export const events = {
  'state.patch': statePatch,
  /** Main asks the page to show something: a notification or a tray item was clicked. */
  'view.show': z.object({ page, id: z.string().nullable() }),
  /** Main asks the page to ask the person something: what the tray offers is confirmed in the window. */
  /** Main tells how something ended that was not started in the page. */
  'view.say': z.object({ tone: z.enum(['done', 'failed']), text: z.string() }),
  'view.ask': z.object({ what: z.enum(['revoke-all', 'leave']) }),
} as const;

export type EventName = keyof typeof events;
export type EventOf<N extends EventName> = z.output<(typeof events)[N]>;

export const failure = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });
export type Failure = z.infer<typeof failure>;

/** What every request answers. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

/** What the preload script exposes to the page as `window.companion`. */
export interface CompanionBridge {
  request(name: RequestName, payload: unknown): Promise<Answer<unknown>>;
  on(name: EventName, listener: (payload: unknown) => void): () => void;
}
