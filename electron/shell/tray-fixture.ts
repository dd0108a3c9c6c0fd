import {
  type AppState,
  type AppView,
  type CredentialView,
  emptyState,
  type InstanceView,
  type SessionView,
} from '../../shared/model.ts';
import { defaultNotificationSettings, type NotifyingView } from '../../shared/notifications.ts';
import type { ConnectionView } from '../../shared/remote-access.ts';
import type { TrayItem, TrayModel } from './tray-model.ts';

export const now = 1_800_000_000_000;
export const minute = 60_000;

export const instance = (over: Partial<InstanceView> = {}): InstanceView => ({
  id: 'local',
  name: 'Jean',
  health: 'online',
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
export const session = (over: Partial<SessionView>): SessionView => ({
  id: 's1',
  instanceId: 'local',
  projectId: 'p',
  worktreeId: 'w1',
  name: 'Fix flaky checkout test',
  backend: 'claude',
  model: null,
  mode: null,
  status: 'idle',
  since: now - 12 * minute,
  request: null,
  error: null,
  order: 0,
  ...over,
});
export const credential = (over: Partial<CredentialView> = {}): CredentialView => ({
  worktreeId: 'w1',
  projectId: 'p',
  worktreeName: 'checkout-flake',
  state: 'active',
  holder: 'shop-bot[bot]',
  repository: 'acme/shop',
  permissions: {},
  source: 'app',
  shared: false,
  vault: 'ravi',
  vaultKey: 'JEAN_GH_TOKEN_SHOP',
  fingerprint: null,
  issuedAt: now,
  expiresAt: now + 46 * minute,
  renewAt: now + 36 * minute,
  lastUsedAt: null,
  reason: null,
  retryAt: null,
  managed: true,
  bypasses: [],
  ...over,
});
const app: AppView = {
  id: 'app',
  version: '0.1.0',
  electron: '33',
  platform: 'linux',
  mode: 'live',
  firstRunDone: true,
  skipped: [],
  auditHead: 0,
  trailers: false,
};
const notifying = (mutedUntil: number | null): NotifyingView => ({
  id: 'notifying',
  settings: defaultNotificationSettings,
  mutedUntil,
  head: 0,
  presence: { idle: null, locked: null, front: null, sound: null },
  jeanBanners: { on: null, wantedOff: false, ours: false },
});

export const visitor: ConnectionView = {
  id: 'c1',
  instanceId: 'local',
  grantId: 'ana',
  person: 'Ana',
  role: 'viewer',
  address: '192.0.2.7',
  userAgent: null,
  since: now,
  bytesIn: 0,
  bytesOut: 0,
  commands: 0,
  refusals: 0,
};

export function state(parts: {
  instances?: InstanceView[];
  sessions?: SessionView[];
  credentials?: CredentialView[];
  mutedUntil?: number | null;
}): AppState {
  const byId = <T extends { id: string }>(rows: readonly T[]): Record<string, T> =>
    Object.fromEntries(rows.map((row) => [row.id, row]));
  return {
    ...emptyState(),
    app: { app },
    notifying: { notifying: notifying(parts.mutedUntil ?? null) },
    instances: byId(parts.instances ?? [instance()]),
    sessions: byId(parts.sessions ?? []),
    credentials: Object.fromEntries((parts.credentials ?? []).map((row) => [row.worktreeId, row])),
  };
}

export const flat = (items: readonly TrayItem[]): TrayItem[] =>
  items.flatMap((item) => (item.type === 'submenu' ? [item, ...flat(item.items)] : [item]));
export const find = (model: TrayModel, id: string): TrayItem | undefined => flat(model.menu).find((item) => item.id === id);
export const label = (model: TrayModel, id: string): string | undefined => {
  const item = find(model, id);
  return item === undefined || item.type === 'separator' ? undefined : item.label;
};
export const rowIds = (model: TrayModel): string[] => model.menu.map(({ id }) => id).filter((id) => id.startsWith('session:'));
