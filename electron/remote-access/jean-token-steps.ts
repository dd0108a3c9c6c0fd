import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import type { Knock, WebAccessPatch, WebAccessPreferences, WebAccessStatus } from '../jean/web-access.ts';
import { vaultKeyOf } from './jean-token-plan.ts';
import { type JeanTokenRecord, type JeanTokenRecords, noRecord } from './jean-token-records.ts';
import { notConnected, notThere } from './jean-token-words.ts';

/** What of a Jean is needed to keep its token. All but `knock` throw while it is not connected. */
export interface JeanDoor {
  status(): Promise<WebAccessStatus>;
  preferences(): Promise<WebAccessPreferences>;
  regenerate(): Promise<Secret>;
  set(patch: WebAccessPatch): Promise<void>;
  /** What its server makes of a token, or of none. */
  knock(token: Secret | null): Promise<Knock>;
  /** How many sessions run in it. */
  running(): number;
}

/** Where a token is kept for the person to see. */
export interface TokenVault {
  readonly kind: 'ravi' | 'local' | 'memory';
  readonly identity: string;
  readonly label: string;
  put(key: string, value: Secret, note: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface TokenStepsOptions {
  readonly records: JeanTokenRecords;
  readonly box: {
    put(name: string, value: Secret): Promise<void>;
    get(name: string): Promise<Secret | null>;
    delete(name: string): Promise<void>;
  };
  readonly vaults: { current(): TokenVault; find(kind: TokenVault['kind'], identity: string): TokenVault | null };
  /** The note of its entry in a vault. */
  readonly note: (name: string) => string;
  readonly door: (instanceId: string) => JeanDoor | null;
  readonly nameOf: (instanceId: string) => string;
  /** Jean takes this token from now on: what reaches it by an address keeps it. */
  readonly adopt: (instanceId: string, token: Secret) => Promise<void>;
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
  readonly onChange: (instanceId: string) => void;
  readonly now: () => number;
}

/** What a Jean said of itself when it was looked at last. */
export interface Seen {
  readonly status: WebAccessStatus | null;
  readonly preferences: WebAccessPreferences | null;
  readonly open: boolean | null;
}

const boxName = (which: 'working' | 'next', instanceId: string): string => `jean-token:${which}:${instanceId}`;

/** The steps of Jeans' own tokens, each written down before it is done, so that one that was cut off is carried on. */
export class TokenSteps {
  readonly #o: TokenStepsOptions;
  readonly #seen = new Map<string, Seen>();
  readonly #working = new Map<string, Secret>();
  readonly #next = new Map<string, Secret>();
  readonly #stopped: AbortSignal;

  constructor(options: TokenStepsOptions, stopped: AbortSignal) {
    this.#o = options;
    this.#stopped = stopped;
  }

  /** Reads what was kept. */
  async start(): Promise<void> {
    for (const id of this.#o.records.ids()) {
      const kept = await this.token('working', id);
      if (kept !== null && !this.#working.has(id)) this.#working.set(id, kept);
      const next = await this.token('next', id);
      if (next !== null && !this.#next.has(id)) this.#next.set(id, next);
    }
  }

  seen(instanceId: string): Seen {
    return this.#seen.get(instanceId) ?? { status: null, preferences: null, open: null };
  }

  working(instanceId: string): Secret | null {
    return this.#working.get(instanceId) ?? null;
  }

  /** All that are known. */
  known(instanceId: string): readonly Secret[] {
    const { preferences } = this.seen(instanceId);
    const tokens = [this.working(instanceId), this.#next.get(instanceId) ?? null, preferences?.token ?? null];
    return tokens.filter((token) => token !== null);
  }

  /** One that is kept here; null when there is none, or it can't be read now. */
  token(which: 'working' | 'next', instanceId: string): Promise<Secret | null> {
    return this.#o.box.get(boxName(which, instanceId)).catch(() => null);
  }

  /** Whether Jean's preferences name another token than the one that its server takes. */
  isApart(instanceId: string): boolean {
    const { status, preferences } = this.seen(instanceId);
    const [works, preferred] = [fingerprint(status?.token ?? null), fingerprint(preferences?.token ?? null)];
    return works !== null && preferred !== null && works !== preferred;
  }

  /** From here on there is to be a new one. */
  begin(instanceId: string, by: JeanTokenRecord['by']): void {
    const before = fingerprint(this.seen(instanceId).preferences?.token ?? null);
    this.#o.records.put(instanceId, { ...this.must(instanceId), step: 'asking', before, by, restartedAt: null });
  }

  /** @throws with a sentence while the vault that has it can't be reached: what is known of it stays until then */
  async forget(instanceId: string): Promise<void> {
    const record = this.#o.records.get(instanceId);
    if (record?.vault) {
      const vault = this.#o.vaults.find(record.vault.kind, record.vault.identity);
      if (vault === null) throw new Error(notThere);
      await vault.remove(vaultKeyOf(instanceId));
    }
    await this.#o.box.delete(boxName('next', instanceId));
    await this.#o.box.delete(boxName('working', instanceId));
    this.#o.records.remove(instanceId);
    this.#seen.delete(instanceId);
    this.#working.delete(instanceId);
    this.#next.delete(instanceId);
  }

  /** The vault that is in use has it, whether Jean is there or not. @throws when it is not gone from the one before */
  async follow(instanceId: string): Promise<void> {
    const record = this.must(instanceId);
    const which = record.step === 'waiting' ? 'next' : 'working';
    if ((await this.#o.box.get(boxName(which, instanceId))) !== null) return this.#keepWhere(instanceId, which);
    const { kind, identity } = this.#o.vaults.current();
    if (record.vault === null || (record.vault.kind === kind && record.vault.identity === identity)) return;
    // There is nothing here to put into the other one: Jean tells it when it is back.
    await this.#o.vaults.find(record.vault.kind, record.vault.identity)?.remove(vaultKeyOf(instanceId));
    this.#o.records.put(instanceId, { ...record, vaulted: null, vault: null });
  }

  /** @throws when it was never looked at */
  must(instanceId: string): JeanTokenRecord {
    const record = this.#o.records.get(instanceId);
    if (record === null) throw new Error(notConnected);
    return record;
  }

  /** @throws when it is not connected */
  door(instanceId: string): JeanDoor {
    const door = this.#o.door(instanceId);
    if (door === null) throw new Error(notConnected);
    return door;
  }

  /** What Jean says of itself now. */
  async read(instanceId: string): Promise<void> {
    const door = this.door(instanceId);
    const [status, preferences, open] = await Promise.all([door.status(), door.preferences(), door.knock(null)]);
    this.#seen.set(instanceId, { status, preferences, open: open === 'away' ? null : open === 'open' });
    if (this.#o.records.get(instanceId) === null) this.#o.records.put(instanceId, { ...noRecord, since: this.#o.now() });
    if (status.token !== null) await this.works(instanceId, status.token);
  }

  /** Jean takes this one. */
  async works(instanceId: string, token: Secret): Promise<void> {
    const known = fingerprint(token);
    const record = this.must(instanceId);
    if (record.working !== known) {
      await this.#o.adopt(instanceId, token);
      await this.#o.box.put(boxName('working', instanceId), token);
      // It was restarted, and takes one that was made after ours: ours will never count.
      const overtaken = record.step === 'waiting' && record.next !== known;
      const step = overtaken ? ({ step: 'none', next: null, before: null } as const) : {};
      this.#o.records.put(instanceId, { ...record, ...step, working: known });
    }
    this.#working.set(instanceId, token);
  }

  /** Does what is next until nothing is, or Jean has to be restarted. */
  async carryOn(instanceId: string): Promise<void> {
    for (;;) {
      if (this.#stopped.aborted) return;
      const record = this.must(instanceId);
      this.#o.onChange(instanceId);
      switch (record.step) {
        case 'asking':
          await this.#ask(instanceId, record);
          break;
        case 'keeping':
          await this.#keepNext(instanceId, record);
          break;
        case 'waiting':
          if (record.next === null || record.working !== record.next) return void (await this.#keepWhere(instanceId, 'next'));
          this.#taken(instanceId, record);
          await this.#o.box.delete(boxName('next', instanceId));
          break;
        case 'none':
          return void (await this.#keepWhere(instanceId, 'working'));
        default:
          return record.step satisfies never;
      }
    }
  }

  #taken(instanceId: string, record: JeanTokenRecord): void {
    const name = this.#o.nameOf(instanceId);
    this.#o.records.put(instanceId, { ...record, step: 'none', next: null, before: null }, () =>
      this.#o.audit({
        kind: 'jean-token.rotated',
        actor: 'jean',
        outcome: 'ok',
        subject: name,
        fingerprint: record.next,
        message: `${name} was restarted and takes its new token; the old one is dead.`,
        facts: { instance: instanceId },
      }),
    );
  }

  /** Asked once: where Jean's preferences hold another token than before, it has made it, and the answer was lost with the app. */
  async #ask(instanceId: string, record: JeanTokenRecord): Promise<void> {
    const door = this.door(instanceId);
    const { token } = await door.preferences();
    const made = token !== null && fingerprint(token) !== record.before ? token : await door.regenerate();
    this.#next.set(instanceId, made);
    await this.#o.box.put(boxName('next', instanceId), made);
    this.#o.records.put(instanceId, { ...record, step: 'keeping', next: fingerprint(made) });
  }

  async #keepNext(instanceId: string, record: JeanTokenRecord): Promise<void> {
    const next = await this.#o.box.get(boxName('next', instanceId));
    // Kept in memory alone, and gone with the app: Jean's preferences have it.
    if (next === null) return this.#o.records.put(instanceId, { ...record, step: 'asking' });
    await this.#keep(instanceId, next, {
      ...this.must(instanceId),
      step: 'waiting',
      rotatedAt: this.#o.now(),
    });
  }

  /** The vault has the right one, and it is the vault that is in use. */
  async #keepWhere(instanceId: string, which: 'working' | 'next'): Promise<void> {
    const record = this.must(instanceId);
    const { kind, identity } = this.#o.vaults.current();
    const there = record.vault?.kind === kind && record.vault.identity === identity;
    if (there && record.vaulted === record[which]) return;
    const token = await this.#o.box.get(boxName(which, instanceId));
    if (token !== null) await this.#keep(instanceId, token, record);
  }

  async #keep(instanceId: string, token: Secret, next: JeanTokenRecord): Promise<void> {
    const vault = this.#o.vaults.current();
    const before = next.vault;
    const key = vaultKeyOf(instanceId);
    const name = this.#o.nameOf(instanceId);
    await vault.put(key, token, this.#o.note(name));
    const vaulted = fingerprint(token);
    const { kind, identity } = vault;
    // Before it is written down: an entry that nobody knows of any more would stay for ever.
    if (before && (before.kind !== kind || before.identity !== identity))
      await this.#o.vaults.find(before.kind, before.identity)?.remove(key);
    const rotated = next.rotatedAt !== this.must(instanceId).rotatedAt;
    this.#o.records.put(instanceId, { ...next, vaulted, vault: { kind, identity } }, () => {
      const entry = { outcome: 'ok', subject: name, fingerprint: vaulted } as const;
      const facts = { instance: instanceId, key };
      this.#o.audit({
        ...entry,
        kind: 'jean-token.stored',
        actor: 'companion',
        message: `The token of ${name} is in ${vault.label} as ${key}.`,
        facts,
      });
      if (rotated)
        this.#o.audit({
          ...entry,
          kind: 'jean-token.rotated',
          actor: next.by,
          message: `${name} has a new token. It takes effect when Jean restarts; until then its web access takes the old one.`,
          facts,
        });
    });
  }
}

const fingerprint = (token: Secret | null): string | null => (token === null ? null : fingerprintOf(token));
