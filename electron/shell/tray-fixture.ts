import {
  connection,
  credential as credentialRow,
  instance as instanceRow,
  minute,
  now,
  session as sessionRow,
} from '../../shared/fixture.ts';
import {
  type AppState,
  type AppView,
  type CredentialView,
  emptyState,
  type InstanceView,
  type SessionView,
} from '../../shared/model.ts';
import { defaultNotificationSettings, type NotifyingView } from '../../shared/notifications.ts';
import type { TrayItem, TrayModel } from './tray-model.ts';

export const instance = (over: Partial<InstanceView> = {}): InstanceView => instanceRow('online', { name: 'Jean', ...over });
export const session = (over: Partial<SessionView>): SessionView =>
  sessionRow('s1', { name: 'Fix flaky checkout test', since: now - 12 * minute, ...over });
export const credential = (over: Partial<CredentialView> = {}): CredentialView =>
  credentialRow('w1', {
    worktreeName: 'checkout-flake',
    expiresAt: now + 46 * minute,
    renewAt: now + 36 * minute,
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

export const visitor = connection('c1', 'Ana');

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
