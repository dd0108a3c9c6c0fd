import { z } from 'zod';
import { channelView } from './channels.ts';
import { checkView, firstStep } from './first-check.ts';
import { identityView } from './identities.ts';
import { notifyingView } from './notifications.ts';
import { credentialSettings, projectPolicy, sourceKind } from './policy.ts';
import { preferencesView } from './preferences.ts';
import { raviView } from './ravi.ts';
import { connectionView, doorView, grantView, listenerView } from './remote-access.ts';
import { remoteView } from './remote-settings.ts';

/** Everything that main shows to the page. No secret has a place in here. Times are epoch ms. */

const ms = z.number().int().nonnegative();
const id = z.string().min(1);

/** Jean's own words for a session's status (contract jean §4, column "Status"). */
export const sessionStatus = z.enum([
  'permission',
  'command_approval',
  'tool_approval',
  'mcp_input',
  'input_required',
  'plan_approval',
  'waiting',
  'planning',
  'vibing',
  'yoloing',
  'reviewing',
  'review',
  'scheduled',
  'cancelled',
  'crashed',
  'completed',
  'idle',
]);
export type SessionStatus = z.infer<typeof sessionStatus>;

/** What a person cares about: each session is in exactly one bucket. */
export type Bucket = 'needs-you' | 'running' | 'failed' | 'finished' | 'idle';

const buckets: Record<SessionStatus, Bucket> = {
  permission: 'needs-you',
  command_approval: 'needs-you',
  tool_approval: 'needs-you',
  mcp_input: 'needs-you',
  input_required: 'needs-you',
  plan_approval: 'needs-you',
  waiting: 'needs-you',
  planning: 'running',
  vibing: 'running',
  yoloing: 'running',
  reviewing: 'running',
  review: 'finished',
  scheduled: 'idle',
  cancelled: 'finished',
  crashed: 'failed',
  completed: 'finished',
  idle: 'idle',
};

/** The bucket of a status; the only place where the two vocabularies meet. */
export const bucketOf = (status: SessionStatus): Bucket => buckets[status];

/** By which the person tells several Jeans apart. */
export const instanceColour = z.enum(['none', 'blue', 'teal', 'green', 'amber', 'rose', 'violet']);
export type InstanceColour = z.infer<typeof instanceColour>;

export const instanceView = z.object({
  id,
  name: z.string(),
  colour: instanceColour,
  /** `elsewhere`: its worktrees are on another machine, where git is out of our reach. */
  place: z.enum(['here', 'elsewhere']),
  /** `searching` until it was looked for once, `absent` when there is none. */
  health: z.enum(['searching', 'absent', 'connecting', 'online', 'offline', 'refused']),
  /** A sentence for the person: what is wrong and what to do, or how it is connected. */
  message: z.string(),
  /** By which way it is watched: its WebSocket, its MCP socket, or its files; null while it is not. */
  road: z.enum(['socket', 'mcp', 'files']).nullable(),
  /** What can't be seen on that road, and how to turn the better one on; null when nothing is missed. */
  limits: z.string().nullable(),
  url: z.string().nullable(),
  version: z.string().nullable(),
  since: ms,
});
export type InstanceView = z.infer<typeof instanceView>;

export const projectView = z.object({
  id,
  instanceId: id,
  name: z.string(),
  path: z.string(),
  /** `owner/name` at GitHub, or null where the remote is something else. */
  repository: z.string().nullable(),
  order: z.number(),
});
export type ProjectView = z.infer<typeof projectView>;

export const pullView = z.object({
  number: z.number().int(),
  url: z.string().nullable(),
  state: z.enum(['draft', 'open', 'review', 'merged', 'closed']),
  /** What its newest commit's checks come to; left out where there are none, or nobody knows. */
  checks: z.enum(['pending', 'passing', 'failing']).optional(),
  /** What its reviewers' last words come to. */
  review: z.enum(['approved', 'changes-requested']).optional(),
});
export type PullView = z.infer<typeof pullView>;

export const worktreeView = z.object({
  id,
  instanceId: id,
  projectId: id,
  name: z.string(),
  branch: z.string(),
  path: z.string(),
  /** A base session shares the project's own work tree. */
  base: z.boolean(),
  createdAt: ms,
  order: z.number(),
  pull: pullView.nullable(),
});
export type WorktreeView = z.infer<typeof worktreeView>;

/** What a session asks of the person, in one line. */
export const requestView = z.object({
  kind: z.enum(['permission', 'command', 'tool', 'answer', 'plan', 'input']),
  /** The command, tool or question itself; shown in the mono face. Null when Jean does not say. */
  text: z.string().nullable(),
});
export type RequestView = z.infer<typeof requestView>;

export const sessionView = z.object({
  id,
  instanceId: id,
  projectId: id,
  worktreeId: id,
  name: z.string(),
  backend: z.string(),
  model: z.string().nullable(),
  mode: z.string().nullable(),
  status: sessionStatus,
  /** When it entered this status. */
  since: ms,
  request: requestView.nullable(),
  /** The failure's text, known from live events alone (contract jean §4). */
  error: z.string().nullable(),
  order: z.number(),
});
export type SessionView = z.infer<typeof sessionView>;

export const credentialState = z.enum([
  'absent',
  'sleeping',
  'minting',
  'storing',
  'installing',
  'active',
  'expiring',
  'rotating',
  'revoking',
  'revoked',
  'unverified',
  'failed',
]);
export type CredentialState = z.infer<typeof credentialState>;

/** A way by which git or another program in a worktree gets past the companion. Names only, never a value. */
export const bypassView = z.object({
  kind: z.enum(['ssh-alias', 'ssh-remote', 'ssh-command', 'password-in-url', 'user-in-url', 'extra-header', 'jean-environment']),
  /** The remote, the config key or the variable. */
  name: z.string(),
  what: z.string(),
  remedy: z.string(),
  /** What to type, where a command mends it. */
  command: z.string().nullable(),
});
export type BypassView = z.infer<typeof bypassView>;

export const credentialView = z.object({
  worktreeId: id,
  projectId: id,
  /** Name of the worktree when it was last seen; stays when the worktree is gone. */
  worktreeName: z.string(),
  state: credentialState,
  holder: z.string().nullable(),
  repository: z.string(),
  permissions: z.record(z.string(), z.string()),
  source: sourceKind,
  /** One token for all worktrees of the project: it is taken away here, and lives on. */
  shared: z.boolean(),
  vault: z.enum(['ravi', 'local', 'memory']),
  vaultKey: z.string(),
  /** base64(SHA-256(token)), as in GitHub's own audit log. */
  fingerprint: z.string().nullable(),
  issuedAt: ms.nullable(),
  expiresAt: ms.nullable(),
  renewAt: ms.nullable(),
  lastUsedAt: ms.nullable(),
  /** For `failed`, `unverified` and `revoked`: why, in a sentence. */
  reason: z.string().nullable(),
  retryAt: ms.nullable(),
  /** git in the worktree asks the companion; false before the first time, and after a release. */
  managed: z.boolean(),
  bypasses: z.array(bypassView),
});
export type CredentialView = z.infer<typeof credentialView>;

export const serviceView = z.object({
  /** `storage` is there only while nothing can be written down on this computer. */
  id: z.enum(['ravi', 'github', 'vault', 'storage']),
  health: z.enum(['ok', 'warning', 'down', 'absent', 'checking']),
  /** "Ravi vault", "GitHub, 412 calls left": the line at the foot of the side bar. */
  title: z.string(),
  message: z.string(),
  /** Facts to show, label to text: App, account, address. */
  facts: z.record(z.string(), z.string()),
  /** Only while a sign-in waits for the person. */
  login: z.object({ userCode: z.string(), url: z.string(), expiresAt: ms }).nullable(),
  /** Only while a GitHub App is being made in the browser. */
  registration: z.object({ expiresAt: ms }).optional(),
  /** Only while it is down, and is asked again by itself. */
  retryAt: ms.optional(),
  since: ms,
});
export type ServiceView = z.infer<typeof serviceView>;

/** Something of ours outside that belongs to no worktree; the person decides what becomes of it. */
export const leftoverView = z.object({
  id,
  kind: z.enum(['vault-entry', 'git-config']),
  title: z.string(),
  detail: z.string(),
});
export type LeftoverView = z.infer<typeof leftoverView>;

/** One account at which our GitHub App is installed. */
export const installationView = z.object({
  id,
  account: z.string(),
  selection: z.enum(['all', 'selected']),
  suspended: z.boolean(),
  /** What it does not grant of the profile `contribute`, as "contents: write". */
  missing: z.array(z.string()),
});
export type InstallationView = z.infer<typeof installationView>;

/** Whether the GitHub App reaches a project's repository; `unknown` while GitHub was not asked. */
export const coverage = z.enum(['covered', 'suspended', 'not-installed', 'not-chosen', 'unknown']);
export type Coverage = z.infer<typeof coverage>;

/** What a project's worktrees get, and what the GitHub App could give them. */
export const policyView = projectPolicy.extend({
  projectId: id,
  coverage,
  /** What the installation grants, by name; null while that is not known. */
  grants: z.record(z.string(), z.string()).nullable(),
});
export type PolicyView = z.infer<typeof policyView>;

/** A project's sources beside the App: whose token its worktrees share, and who is signed in. `id` is the project's. */
export const sourceView = z.object({
  id,
  /** `expiresAt` is null for a token without an end. */
  shared: z
    .object({
      login: z.string(),
      expiresAt: ms.nullable(),
      takenAt: ms,
      /** Permissions of the project's profile that it was found not to have, by name. */
      lacks: z.array(z.string()).default([]),
    })
    .nullable(),
  /** `login` is null until GitHub has said it; without a use until `renewsUntil` the sign-in ends. */
  user: z.object({ login: z.string().nullable(), signedInAt: ms, renewsUntil: ms }).nullable(),
  /** Only while a sign-in waits for the person. */
  login: z.object({ userCode: z.string(), url: z.string(), expiresAt: ms }).nullable(),
  /** What keeps a source from working, in a sentence. */
  troubles: z.object({ shared: z.string().nullable(), user: z.string().nullable() }),
});
export type SourceView = z.infer<typeof sourceView>;

/** When credentials are made and go to sleep, and their names. */
const credentialSettingsView = credentialSettings.extend({ id: z.literal('credentials') });

export const appView = z.object({
  id: z.literal('app'),
  version: z.string(),
  electron: z.string(),
  platform: z.string(),
  mode: z.enum(['live', 'sandbox']),
  firstRunDone: z.boolean(),
  skipped: z.array(firstStep).readonly(),
  /** Sequence number of the newest audit entry: the page asks again when it grows. */
  auditHead: z.number().int().nonnegative(),
  /** Commits in managed worktrees carry their session and credential. */
  trailers: z.boolean(),
});
export type AppView = z.infer<typeof appView>;

export const appState = z.object({
  app: z.record(z.string(), appView),
  instances: z.record(z.string(), instanceView),
  services: z.record(z.string(), serviceView),
  projects: z.record(z.string(), projectView),
  worktrees: z.record(z.string(), worktreeView),
  sessions: z.record(z.string(), sessionView),
  credentials: z.record(z.string(), credentialView),
  leftovers: z.record(z.string(), leftoverView),
  installations: z.record(z.string(), installationView),
  policies: z.record(z.string(), policyView),
  settings: z.record(z.string(), credentialSettingsView),
  preferences: z.record(z.string(), preferencesView),
  check: z.record(z.string(), checkView),
  sources: z.record(z.string(), sourceView),
  notifying: z.record(z.string(), notifyingView),
  channels: z.record(z.string(), channelView),
  remote: z.record(z.string(), remoteView),
  /** By the id of the Jean that is shared. */
  listeners: z.record(z.string(), listenerView),
  grants: z.record(z.string(), grantView),
  connections: z.record(z.string(), connectionView),
  /** What happened at the doors of late, by its number in the audit log. */
  doors: z.record(z.string(), doorView),
  ravi: z.record(z.string(), raviView),
  /** By the id of the project. */
  identities: z.record(z.string(), identityView),
});
export type AppState = z.infer<typeof appState>;
export type Collection = keyof AppState;
export type Row<C extends Collection> = AppState[C][string];

/** One row set or, with `null`, removed. */
export type StateChange = {
  [C in Collection]: { readonly collection: C; readonly id: string; readonly value: Row<C> | null };
}[Collection];

const changeOf = <C extends Collection>(collection: C) =>
  z.object({ collection: z.literal(collection), id, value: appState.shape[collection].valueType.nullable() });

const stateChange = z.discriminatedUnion('collection', [
  changeOf('app'),
  changeOf('instances'),
  changeOf('services'),
  changeOf('projects'),
  changeOf('worktrees'),
  changeOf('sessions'),
  changeOf('credentials'),
  changeOf('leftovers'),
  changeOf('installations'),
  changeOf('policies'),
  changeOf('settings'),
  changeOf('preferences'),
  changeOf('check'),
  changeOf('sources'),
  changeOf('notifying'),
  changeOf('channels'),
  changeOf('remote'),
  changeOf('listeners'),
  changeOf('grants'),
  changeOf('connections'),
  changeOf('doors'),
  changeOf('ravi'),
  changeOf('identities'),
]);

/** A numbered patch: `seq` is one more than the patch or snapshot before; a gap asks for a new snapshot. */
export const statePatch = z.object({ seq: z.number().int(), changes: z.array(stateChange) });
export type StatePatch = { readonly seq: number; readonly changes: readonly StateChange[] };

export const stateSnapshot = z.object({ seq: z.number().int(), state: appState });
export type StateSnapshot = z.infer<typeof stateSnapshot>;

/** A state with nothing in it. */
export const emptyState = (): AppState => ({
  app: {},
  instances: {},
  services: {},
  projects: {},
  worktrees: {},
  sessions: {},
  credentials: {},
  leftovers: {},
  installations: {},
  policies: {},
  settings: {},
  preferences: {},
  check: {},
  sources: {},
  notifying: {},
  channels: {},
  remote: {},
  listeners: {},
  grants: {},
  connections: {},
  doors: {},
  ravi: {},
  identities: {},
});
