import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { RestartWay, TokenRotation } from '../../shared/remote-settings.ts';
import { AuditLog } from '../audit/log.ts';
import { auditMigrations } from '../audit/schema.ts';
import type { Secret } from '../base/secret.ts';
import { knock, regenerateToken, setWebAccess, webAccessPreferences, webAccessStatus } from '../jean/web-access.ts';
import { memoryDatabase } from '../storage/database.ts';
import { JeanTokens } from './jean-token.ts';
import { JeanTokenRecords, jeanTokenMigrations } from './jean-token-records.ts';
import type { JeanDoor, TokenVault } from './jean-token-steps.ts';
import type { Restarted } from './restart.ts';

export const id = 'local';
export const way: RestartWay = { kind: 'systemd', unit: 'jean.service' };
const never = new AbortController().signal;

/** A Jean of the sandbox, and a companion that can be killed before any of its deeds. */
export class World {
  readonly db = memoryDatabase([...auditMigrations, ...jeanTokenMigrations]);
  readonly box = new Map<string, Secret>();
  readonly vaulted = new Map<string, Secret>();
  readonly deeds: string[] = [];
  readonly adopted: string[] = [];
  readonly logged: string[] = [];
  now = new Date('2026-05-10T12:00').getTime();
  rotation: TokenRotation = { every: 'never', hour: 4 };
  way: RestartWay | null = null;
  sessions = 0;
  connected = true;
  /** Dies when it is about to do this deed, counted from 1. */
  dieAt = Number.POSITIVE_INFINITY;
  vaultTrouble: string | null = null;
  /** No vault is connected. */
  signedOut = false;
  removeTrouble: string | null = null;
  restart: () => Promise<Restarted> = async () => {
    await this.test.jean.restart();
    return { ok: true };
  };
  vault: TokenVault = this.#vault('ravi', 'me');
  tokens: JeanTokens;

  readonly states: string[] = [];
  readonly #url: string;

  private constructor(readonly test: TestJean) {
    this.#url = test.jean.url;
    this.tokens = this.#make();
  }

  static async open(): Promise<World> {
    return new World(await testJean());
  }

  async close(): Promise<void> {
    await this.tokens.stop();
    await this.test.close();
  }

  /** How often Jean was asked for a token anew. */
  regenerated(): number {
    return this.deeds.filter((deed) => deed === 'regenerate').length;
  }

  /** The token that Jean takes from its next start on. */
  async preferred(): Promise<string> {
    const client = await this.test.connect();
    const { http_server_token } = (await client.invoke('load_preferences')) as { http_server_token: string };
    client.close();
    return http_server_token;
  }

  async reborn(): Promise<void> {
    this.dieAt = Number.POSITIVE_INFINITY;
    await this.tokens.stop();
    this.tokens = this.#make();
    await this.tokens.start();
  }

  audited(): readonly string[] {
    return this.#log()
      .after(0, 100)
      .map(({ kind, actor }) => `${kind} ${actor}`);
  }

  inVault(key = 'JEAN_REMOTE_ACCESS_TOKEN'): string | undefined {
    return this.vaulted.get(`${this.vault.kind} ${key}`)?.reveal();
  }

  moveVault(): void {
    this.vault = this.#vault('local', '');
  }

  #deed(what: string): void {
    if (this.deeds.length + 1 >= this.dieAt) throw new Error(`killed before ${what}`);
    this.deeds.push(what);
  }

  #vault(kind: TokenVault['kind'], identity: string): TokenVault {
    return {
      kind,
      identity,
      label: `the ${kind} vault`,
      put: async (key, value) => {
        this.#deed('vault');
        if (this.vaultTrouble !== null) throw new Error(this.vaultTrouble);
        this.vaulted.set(`${kind} ${key}`, value);
      },
      remove: async (key) => {
        if (this.removeTrouble !== null) throw new Error(this.removeTrouble);
        this.vaulted.delete(`${kind} ${key}`);
      },
    };
  }

  #log(): AuditLog {
    return new AuditLog({ db: this.db, now: () => this.now, redact: (text) => text });
  }

  #door(): JeanDoor | null {
    if (!this.connected) return null;
    const invoke = async (command: string, args: Readonly<Record<string, unknown>>): Promise<unknown> => {
      const client = await this.test.connect();
      const answer = await client.invoke(command, { ...args });
      client.close();
      return answer;
    };
    return {
      status: () => webAccessStatus(invoke),
      preferences: () => webAccessPreferences(invoke),
      regenerate: async () => {
        this.#deed('regenerate');
        return regenerateToken(invoke);
      },
      set: (patch) => setWebAccess(invoke, patch),
      knock: (token) => knock({ url: this.#url }, token, fetch, never),
      running: () => this.sessions,
    };
  }

  #make(): JeanTokens {
    const records = new JeanTokenRecords(this.db);
    const written = records.put.bind(records);
    records.put = (...given) => {
      this.#deed('write');
      written(...given);
    };
    const log = this.#log();
    const gone: TokenVault = this.#vault('ravi', 'me');
    return new JeanTokens({
      records,
      box: {
        put: async (name, value) => {
          this.#deed('box');
          this.box.set(name, value);
        },
        get: async (name) => this.box.get(name) ?? null,
        delete: async (name) => {
          this.#deed('unbox');
          this.box.delete(name);
        },
      },
      vaults: {
        current: () => this.vault,
        find: (kind) => (this.signedOut ? null : kind === this.vault.kind ? this.vault : gone),
      },
      note: (name) => `ours: ${name}`,
      door: () => this.#door(),
      nameOf: () => 'Jean, this computer',
      rotation: () => this.rotation,
      restartWay: () => this.way,
      runRestart: () => this.restart(),
      adopt: async (_, token) => {
        this.#deed('adopt');
        this.adopted.push(token.reveal());
      },
      audit: (entry) => void log.append(entry),
      log: (message) => this.logged.push(message),
      onChange: (instanceId) => this.states.push(this.tokens.view(instanceId).state),
      now: () => this.now,
      random: () => 0,
      backEveryMs: 5,
      backWithinMs: 100,
    });
  }
}
