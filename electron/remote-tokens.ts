import { type AppState, bucketOf } from '../shared/model.ts';
import type { RemoteSettings } from '../shared/remote-settings.ts';
import type { AuditInput } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import type { VaultMark } from './credentials/vault-mark.ts';
import type { Invoke } from './jean/banners.ts';
import { knock, regenerateToken, setWebAccess, webAccessPreferences, webAccessStatus } from './jean/web-access.ts';
import { JeanTokens } from './remote-access/jean-token.ts';
import { JeanTokenRecords } from './remote-access/jean-token-records.ts';
import type { JeanDoor, TokenStepsOptions } from './remote-access/jean-token-steps.ts';
import { runRestart } from './remote-access/restart.ts';
import type { Db } from './storage/database.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { Watching } from './watching.ts';

export interface RemoteTokensOptions {
  readonly db: Db;
  readonly box: SecretBox;
  readonly boards: { state(): Pick<AppState, 'instances' | 'sessions'> };
  readonly vaults: TokenStepsOptions['vaults'];
  readonly mark: Pick<VaultMark, 'noteOfJean'>;
  readonly watching: () => Pick<Watching, 'endpoint' | 'invoke'>;
  /** Keeps the new token of a Jean that is reached by its address. */
  readonly adopt: (instanceId: string, token: Secret) => Promise<void>;
  readonly settings: () => RemoteSettings;
  readonly fetch: typeof fetch;
  readonly audit: (entry: AuditInput) => void;
  readonly onChange: () => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** Jeans' own tokens, put together: each Jean is asked over the connection that watches it. `signal` ends what waits. */
export function remoteTokens(o: RemoteTokensOptions, signal: AbortSignal): JeanTokens {
  const instances = () => o.boards.state().instances;
  return new JeanTokens({
    ...o,
    records: new JeanTokenRecords(o.db),
    note: (name) => o.mark.noteOfJean(name),
    door: (id) => (instances()[id]?.road === 'socket' ? doorOf(o, id, signal) : null),
    nameOf: (id) => instances()[id]?.name ?? 'Jean',
    rotation: () => o.settings().rotation,
    restartWay: (id) => o.settings().instances[id]?.restart ?? null,
    runRestart: (way) => runRestart(way, process.env, signal),
    random: Math.random,
  });
}

function doorOf(o: RemoteTokensOptions, id: string, signal: AbortSignal): JeanDoor | null {
  const at = o.watching().endpoint(id);
  if (at === null) return null;
  const invoke: Invoke = (command, args) => o.watching().invoke(id, command, args);
  return {
    status: () => webAccessStatus(invoke),
    preferences: () => webAccessPreferences(invoke),
    regenerate: () => regenerateToken(invoke),
    set: (patch) => setWebAccess(invoke, patch),
    knock: (token) => knock(at, token, o.fetch, signal),
    running: () =>
      Object.values(o.boards.state().sessions).filter(
        ({ instanceId, status }) => instanceId === id && bucketOf(status) === 'running',
      ).length,
  };
}
