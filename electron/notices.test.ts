import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LeftoverView } from '../shared/model.ts';
import { defaultNotificationSettings } from '../shared/notifications.ts';
import type { AuditLog } from './audit/log.ts';
import { Notices } from './notices.ts';
import { noticeMigrations } from './notifications/history.ts';
import type { Notice } from './notifications/notice.ts';
import { memoryDatabase } from './storage/database.ts';
import type { Settings, SettingsFile } from './storage/settings.ts';

beforeEach(() => vi.useFakeTimers({ now: new Date(2027, 0, 4, 12) }));
afterEach(() => vi.useRealTimers());

const minute = 60_000;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** The roof over one database; `start` is another run of the app. */
function ground() {
  const db = memoryDatabase(noticeMigrations);
  const banners = { wantedOff: false, ours: false };
  let kept = { notifications: defaultNotificationSettings, mutedUntil: null, jeanBanners: banners } as unknown as Settings;
  const settings: Pick<SettingsFile, 'get' | 'update'> = {
    get: () => kept,
    update: (change: Partial<Settings>) => {
      kept = { ...kept, ...change };
      return kept;
    },
  };
  const shown: Notice[] = [];
  const withdrawn: string[] = [];
  const start = (): Notices => {
    const notices = new Notices({
      db,
      settings: settings as SettingsFile,
      audit: { append: () => undefined, onAppend: () => () => undefined } as unknown as AuditLog,
      boards: { state: () => ({ instances: {}, projects: {}, worktrees: {}, sessions: {} }), worktree: () => null },
      desk: {
        send: async (notice) => {
          shown.push(notice);
          return { type: 'sent', at: Date.now() };
        },
        withdraw: (id) => withdrawn.push(id),
        looking: () => ({ page: null, sessionId: null, windowFocused: false }),
        presence: async () => ({ idleMs: 0, locked: false, jeanInFront: null }),
        limits: () => ({ idle: null, locked: null, front: null, sound: null }),
      },
      post: null,
      invoke: async () => ({}),
      publish: () => undefined,
      log: () => undefined,
      now: Date.now,
    });
    notices.start();
    return notices;
  };
  return { start, titles: () => shown.map(({ title }) => title), withdrawn };
}

const leftover: LeftoverView = {
  id: 'entry:X',
  kind: 'vault-entry',
  title: 'JEAN_GH_TOKEN_X',
  detail: '',
} as unknown as LeftoverView;

describe('what is told', () => {
  it('of a Jean that is lost is not told of one that the person watches no more', async () => {
    const { start, titles } = ground();
    const notices = start();
    notices.onLost('one', false, 'It is gone.');
    notices.onLost('two', false, 'It is gone.');
    notices.onBoard([{ collection: 'instances', id: 'one', value: null }]);
    await pass(2 * minute);
    expect(titles()).toEqual(['Jean is out of reach']);
  });

  it('of a leftover that went while the app did not run is told again when it comes back', async () => {
    const { start, titles } = ground();
    const first = start();
    first.onLeftovers([]);
    first.onLeftovers([leftover]);
    await pass(minute);
    const second = start();
    second.onLeftovers([]);
    second.onLeftovers([leftover]);
    await pass(minute);
    expect(titles()).toHaveLength(2);
  });

  it('of a leftover that is there still is not told again', async () => {
    const { start, titles } = ground();
    const first = start();
    first.onLeftovers([]);
    first.onLeftovers([leftover]);
    await pass(minute);
    start().onLeftovers([leftover]);
    await pass(minute);
    expect(titles()).toHaveLength(1);
  });
});
