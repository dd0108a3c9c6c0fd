import { describe, expect, it } from 'vitest';
import { minute, now } from '../../shared/fixture.ts';
import type { AppState } from '../../shared/model.ts';
import { credential, instance, session, state } from './tray-fixture.ts';
import { type TrayModel, trayModel } from './tray-model.ts';

describe('the tray icon', () => {
  const running = session({ id: 'r', status: 'vibing' });
  const asking = session({ id: 'a', status: 'permission', request: { kind: 'command', text: 'npm ci' } });
  const crashed = session({ id: 'f', status: 'crashed', error: 'context limit reached' });
  const finished = session({ id: 'd', status: 'completed' });

  it.each<[string, AppState, TrayModel['icon'], string]>([
    ['nothing', state({}), 'idle', 'nothing is running'],
    ['a finished session', state({ sessions: [finished] }), 'idle', 'nothing is running'],
    ['a running session', state({ sessions: [running, finished] }), 'running', '1 running'],
    ['a failed session beside a running one', state({ sessions: [running, crashed] }), 'error', '1 running, 1 failed'],
    ['a failed session alone', state({ sessions: [crashed] }), 'error', '1 failed'],
    ['all at once', state({ sessions: [running, asking, crashed] }), 'attention', '1 running, 1 needs you, 1 failed'],
    [
      'a credential that could not be renewed',
      state({ credentials: [credential({ state: 'failed' })] }),
      'error',
      'credential trouble',
    ],
    [
      'a credential whose end is not verified',
      state({ sessions: [running], credentials: [credential({ state: 'unverified' })] }),
      'error',
      '1 running, credential trouble',
    ],
    [
      'a failure of yesterday',
      state({ sessions: [{ ...crashed, since: now - 20 * 60 * minute }] }),
      'idle',
      'nothing is running',
    ],
    ['no instance at all', state({ instances: [] }), 'offline', 'Looking for Jean'],
    [
      'a Jean that is gone, whatever it did before',
      state({ instances: [instance({ health: 'offline' })], sessions: [asking, running] }),
      'offline',
      'Jean is not reachable',
    ],
    ['a Jean that refuses', state({ instances: [instance({ health: 'refused' })] }), 'offline', 'Jean refuses the connection'],
    ['a Jean that is being called', state({ instances: [instance({ health: 'connecting' })] }), 'offline', 'Connecting to Jean'],
    [
      'one Jean gone and one there',
      state({
        instances: [instance(), instance({ id: 'server', health: 'offline' })],
        sessions: [running, { ...asking, instanceId: 'server' }],
      }),
      'running',
      '1 running',
    ],
  ])('for %s', (_what, given, icon, tooltip) => {
    expect(trayModel(given, now)).toMatchObject({ icon, tooltip });
  });
});
