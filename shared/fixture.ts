import type { AuditEntry } from './audit.ts';
import { type IdentityStepId, type IdentityView, identityStepId } from './identities.ts';
import {
  type AppState,
  type CredentialView,
  emptyState,
  type InstanceView,
  type ProjectView,
  type ServiceView,
  type SessionView,
  type WorktreeView,
} from './model.ts';
import type { ConnectionView, GrantView } from './remote-access.ts';

/** Rows of the shared state for tests; each test says only what matters to it. */

export const now = 1_800_000_000_000;
export const minute = 60_000;

export const session = (id: string, over: Partial<SessionView> = {}): SessionView => ({
  id,
  instanceId: 'local',
  projectId: 'shop',
  worktreeId: 'w1',
  name: id,
  backend: 'claude',
  model: null,
  mode: 'build',
  status: 'idle',
  since: now,
  request: null,
  error: null,
  order: 0,
  ...over,
});

export const project = (id: string, over: Partial<ProjectView> = {}): ProjectView => ({
  id,
  instanceId: 'local',
  name: id,
  path: `/${id}`,
  repository: `acme/${id}`,
  order: 0,
  ...over,
});

export const worktree = (id: string, over: Partial<WorktreeView> = {}): WorktreeView => ({
  id,
  instanceId: 'local',
  projectId: 'shop',
  name: id,
  branch: id,
  path: `/trees/${id}`,
  base: false,
  createdAt: now,
  order: 0,
  pull: null,
  ...over,
});

export const credential = (worktreeId: string, over: Partial<CredentialView> = {}): CredentialView => ({
  worktreeId,
  projectId: 'shop',
  worktreeName: worktreeId,
  state: 'active',
  holder: 'shop-bot[bot]',
  repository: 'acme/shop',
  permissions: { contents: 'write' },
  source: 'app',
  shared: false,
  vault: 'ravi',
  vaultKey: 'JEAN_GH_TOKEN_SHOP',
  fingerprint: null,
  issuedAt: now,
  expiresAt: now + 60 * minute,
  renewAt: now + 50 * minute,
  lastUsedAt: null,
  reason: null,
  retryAt: null,
  managed: true,
  bypasses: [],
  ...over,
});

export const instance = (health: InstanceView['health'], over: Partial<InstanceView> = {}): InstanceView => ({
  id: 'local',
  name: 'Jean, here',
  health,
  colour: 'none',
  place: 'here',
  road: 'socket',
  limits: null,
  message: '',
  url: null,
  version: null,
  since: now,
  ...over,
});

export const service = (id: ServiceView['id'], health: ServiceView['health']): ServiceView => ({
  id,
  health,
  title: id,
  message: '',
  facts: {},
  login: null,
  since: now,
});

export const grant = (id: string, over: Partial<GrantView> = {}): GrantView => ({
  id,
  person: id,
  mail: null,
  phone: null,
  role: 'viewer',
  instanceIds: ['local'],
  addresses: [],
  oneTime: false,
  standing: 'active',
  createdAt: now,
  expiresAt: now + 7 * 24 * 60 * minute,
  endedAt: null,
  firstUsedAt: null,
  lastUsedAt: null,
  graceUntil: null,
  claimUntil: null,
  devices: [],
  ...over,
});

export const connection = (id: string, grantId: string): ConnectionView => ({
  id,
  instanceId: 'local',
  grantId,
  person: grantId,
  role: 'viewer',
  address: '192.0.2.7',
  userAgent: null,
  since: now,
  bytesIn: 0,
  bytesOut: 0,
  commands: 0,
  refusals: 0,
});

/** A project's identity of which every step before `next` is done. */
export const identity = (projectId: string, next: IdentityStepId | null, over: Partial<IdentityView> = {}): IdentityView => {
  const steps = identityStepId.options;
  const at = next === null ? steps.length : steps.indexOf(next);
  return {
    id: projectId,
    identity: { uuid: 'u1', name: `${projectId} agent`, address: `${projectId}@raviapp.test`, phone: null },
    steps: steps.map((id, place) => ({ id, state: place < at ? 'done' : 'todo', sentence: '', at: place < at ? now : null })),
    next,
    busy: null,
    unsure: null,
    trouble: null,
    login: at > steps.indexOf('sign-up') ? `${projectId}-agent` : null,
    suggestedLogin: `${projectId}-agent`,
    owner: { login: 'acme', organization: true },
    passwordKept: at > steps.indexOf('password'),
    inUse: next === null,
    inbox: null,
    ...over,
  };
};

const byId = <T>(rows: readonly T[], keyOf: (row: T) => string): Record<string, T> =>
  Object.fromEntries(rows.map((row) => [keyOf(row), row]));

/** A state with one project, `shop`, at one Jean that is online. */
export const stateOf = (rows: {
  readonly sessions?: readonly SessionView[];
  readonly worktrees?: readonly WorktreeView[];
  readonly credentials?: readonly CredentialView[];
  readonly services?: readonly ServiceView[];
  readonly instance?: InstanceView;
  readonly instances?: readonly InstanceView[];
  readonly projects?: readonly ProjectView[];
  readonly identities?: readonly IdentityView[];
  readonly grants?: readonly GrantView[];
  readonly firstRunDone?: boolean;
  readonly mode?: 'live' | 'sandbox';
}): AppState => ({
  ...emptyState(),
  app: {
    app: {
      id: 'app',
      version: '0',
      electron: '0',
      platform: 'linux',
      mode: rows.mode ?? 'live',
      skipped: [],
      firstRunDone: rows.firstRunDone ?? true,
      auditHead: 0,
      trailers: false,
    },
  },
  instances: byId(rows.instances ?? [rows.instance ?? instance('online')], (one) => one.id),
  services: byId(rows.services ?? [], (one) => one.id),
  projects: byId(rows.projects ?? [project('shop')], (one) => one.id),
  worktrees: byId(rows.worktrees ?? [], (one) => one.id),
  sessions: byId(rows.sessions ?? [], (one) => one.id),
  credentials: byId(rows.credentials ?? [], (one) => one.worktreeId),
  grants: byId(rows.grants ?? [], (one) => one.id),
  identities: byId(rows.identities ?? [], (one) => one.id),
});

export const entry = (seq: number): AuditEntry => ({
  seq,
  at: now + seq,
  kind: 'credential.used',
  actor: 'git',
  outcome: 'ok',
  worktreeId: 'w1',
  subject: null,
  fingerprint: null,
  message: `entry ${seq}`,
  facts: {},
  previous: '',
  hash: '',
});
