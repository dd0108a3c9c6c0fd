import type { JeanTokenView, JeanWarning } from '../../shared/remote-access.ts';
import type { RestartWay, TokenRotation } from '../../shared/remote-settings.ts';
import { backoffMs, delay } from '../base/backoff.ts';
import { DueTimer } from '../base/due-timer.ts';
import type { Secret } from '../base/secret.ts';
import type { Knock } from '../jean/web-access.ts';
import { nextQuiet, nextRotation, vaultKeyOf, warningsOf } from './jean-token-plan.ts';
import type { JeanTokenRecord } from './jean-token-records.ts';
import { TokenSteps, type TokenStepsOptions, type TokenVault } from './jean-token-steps.ts';
import { moreRun, neverTaken, notBack, notConnected, noWay, stateWords } from './jean-token-words.ts';
import type { Restarted } from './restart.ts';

export interface JeanTokensOptions extends TokenStepsOptions {
  readonly rotation: () => TokenRotation;
  readonly restartWay: (instanceId: string) => RestartWay | null;
  readonly runRestart: (way: RestartWay) => Promise<Restarted>;
  readonly random: () => number;
  /** Between two looks whether Jean is back after a restart, ms; and for how long, ms. */
  readonly backEveryMs?: number;
  readonly backWithinMs?: number;
}

/** A token that lies in a vault, and why it is there still. */
export interface KeptToken {
  readonly instanceId: string;
  readonly key: string;
  readonly why: string | null;
}

/** What goes on with a token while the app runs. */
interface Going {
  trouble: string | null;
  restarting: boolean;
  failures: number;
}

const busyEveryMs = 10 * 60_000;
const retry = { firstMs: 60_000, mostMs: 60 * 60_000 } as const;

/**
 * Jeans' own tokens, which nobody else sees: kept in the vault, in step with what each Jean takes, and made anew on a schedule. A new one
 * counts when Jean is restarted; until then everything goes on with the one that works.
 */
export class JeanTokens {
  readonly #o: JeanTokensOptions;
  readonly #steps: TokenSteps;
  readonly #going = new Map<string, Going>();
  readonly #turns = new Map<string, Promise<void>>();
  readonly #rotations: DueTimer;
  readonly #retries: DueTimer;
  readonly #stopped = new AbortController();

  constructor(options: JeanTokensOptions) {
    this.#o = options;
    this.#steps = new TokenSteps(options, this.#stopped.signal);
    this.#rotations = new DueTimer(options.now, (id) => void this.#rotateBySchedule(id));
    this.#retries = new DueTimer(options.now, (id) => void this.look(id));
  }

  /** Reads what was kept; resolves when {@link working} answers for those whose Jean is away. */
  async start(): Promise<void> {
    await this.#steps.start();
    for (const id of this.#o.records.ids()) this.#schedule(id);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#rotations.stop();
    this.#retries.stop();
    await Promise.all(this.#turns.values());
  }

  /** The token that this Jean's server takes now, as it was last seen; null when that is not known. */
  working(instanceId: string): Secret | null {
    return this.#steps.working(instanceId);
  }

  /** All tokens of it that are known, those that do not count yet among them: nobody may see them. */
  known(instanceId: string): readonly Secret[] {
    return this.#steps.known(instanceId);
  }

  /** Tokens that this Jean may take: the one that worked, and the one that was made after it. For whoever is refused. */
  async others(instanceId: string): Promise<readonly Secret[]> {
    const kept = [await this.#steps.token('working', instanceId), await this.#steps.token('next', instanceId)];
    return kept.filter((token) => token !== null);
  }

  /** Jean is connected anew, its preferences were written, or the vault is another one: carries on what is not done. Never throws. */
  look(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      await this.#tried(instanceId, async () => {
        await this.#steps.read(instanceId);
        await this.#steps.carryOn(instanceId);
      }).catch(() => undefined);
    });
  }

  /** Makes Jean's token anew, and keeps it. It counts when Jean is restarted. @throws with a sentence for the person */
  rotate(instanceId: string, by: JeanTokenRecord['by'] = 'person'): Promise<void> {
    return this.#inTurn(instanceId, () =>
      this.#tried(instanceId, async () => {
        await this.#steps.read(instanceId);
        await this.#steps.carryOn(instanceId);
        this.#steps.begin(instanceId, by);
        await this.#steps.carryOn(instanceId);
      }),
    );
  }

  /** Restarts Jean in the way that the person has set. `ending`: so many running sessions may be ended by it. @throws with a sentence for the person */
  restart(instanceId: string, ending = 0): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      const running = this.#o.door(instanceId)?.running() ?? 0;
      if (running > ending) throw new Error(moreRun(running));
      await this.#restart(instanceId);
    });
  }

  /** Sets in Jean what a warning is about. @throws with a sentence for the person */
  mend(instanceId: string, id: JeanWarning['id']): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      await this.#steps
        .door(instanceId)
        .set(
          id === 'no-token'
            ? { http_server_token_required: true }
            : { http_server_localhost_only: true, http_server_bind_host: '127.0.0.1' },
        );
      await this.#steps.read(instanceId);
      this.#o.onChange(instanceId);
    });
  }

  /** It is not shared any more: its token leaves the vault and this machine. Jean keeps it. */
  forget(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      this.#rotations.set(instanceId, null);
      this.#retries.set(instanceId, null);
      await this.#steps.forget(instanceId);
      this.#going.delete(instanceId);
    });
  }

  /** Takes every token to the vault that is in use; answers which are still where `isIn` says. Never throws. */
  async follow(isIn: (vault: Pick<TokenVault, 'kind' | 'identity'>) => boolean): Promise<readonly KeptToken[]> {
    const all = this.#o.records.ids().map(async (id) => {
      const why = await this.#inTurn(id, () => this.#tried(id, () => this.#steps.follow(id))).then(() => null, wordsOf);
      const vault = this.#o.records.get(id)?.vault ?? null;
      return vault !== null && isIn(vault) ? [{ instanceId: id, key: vaultKeyOf(id), why }] : [];
    });
    return (await Promise.all(all)).flat();
  }

  /** Jeans of which there is a token of theirs, here or in a vault. */
  ids(): readonly string[] {
    return this.#o.records.ids();
  }

  /** Whether one is kept. */
  get any(): boolean {
    return this.#o.records.ids().length > 0;
  }

  /** Forgets all; answers those that are still in a vault. Never throws. */
  async forgetAll(): Promise<readonly KeptToken[]> {
    const all = this.#o.records.ids().map((id) =>
      this.forget(id).then(
        () => [],
        (error: unknown) => [{ instanceId: id, key: vaultKeyOf(id), why: wordsOf(error) }],
      ),
    );
    return (await Promise.all(all)).flat();
  }

  /** The schedule was changed: it counts from now. */
  reschedule(): void {
    for (const id of this.#o.records.ids()) {
      this.#o.records.put(id, { ...this.#steps.must(id), since: this.#o.now() });
      this.#schedule(id);
      this.#o.onChange(id);
    }
  }

  warnings(instanceId: string): readonly JeanWarning[] {
    const { status, preferences, open } = this.#steps.seen(instanceId);
    return warningsOf({ bindHost: status?.bindHost ?? null, open, preferred: preferences });
  }

  view(instanceId: string): JeanTokenView {
    const record = this.#o.records.get(instanceId);
    const { trouble, restarting } = this.#goingOf(instanceId);
    const { every, hour } = this.#o.rotation();
    const way = this.#o.restartWay(instanceId);
    const apart = record?.step === 'none' && this.#steps.isApart(instanceId);
    const state = restarting ? 'restarting' : stateOf(record, apart);
    const sessions = this.#o.door(instanceId)?.running() ?? 0;
    const { vault } = record ?? {};
    return {
      state,
      message: stateWords(state, { canRestart: way !== null, sessions, apart }),
      vault: vault ? (this.#o.vaults.find(vault.kind, vault.identity)?.label ?? 'a vault that is not connected now') : null,
      vaultKey: vaultKeyOf(instanceId),
      every,
      quietHour: hour,
      rotatedAt: record?.rotatedAt ?? null,
      nextAt: record && this.#nextOf(record),
      restart: way === null ? 'none' : way.kind === 'systemd' ? 'unit' : 'command',
      trouble,
    };
  }

  async #rotateBySchedule(instanceId: string): Promise<void> {
    const record = this.#o.records.get(instanceId);
    if (record === null || this.#stopped.signal.aborted) return;
    // One that waits for its restart is not made anew before it counts: whoever has the vault's could never use it.
    if (record.step === 'none') await this.rotate(instanceId, 'companion').catch(() => undefined);
    this.#schedule(instanceId, this.#o.now() + busyEveryMs);
  }

  /**
   * By itself Jean is restarted for a token that was made by schedule: in the quiet hour, when nothing runs in it, once, and only where the
   * person has said how.
   */
  #restartWhenQuiet(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      const record = this.#o.records.get(instanceId);
      if (record?.step !== 'waiting' || record.by !== 'companion' || record.restartedAt !== null) return;
      if (this.#o.restartWay(instanceId) === null || this.#stopped.signal.aborted) return;
      const now = this.#o.now();
      const quietAt = nextQuiet(this.#o.rotation().hour, now);
      if (quietAt > now) return this.#retries.set(instanceId, quietAt);
      if ((this.#o.door(instanceId)?.running() ?? 0) > 0) return this.#retries.set(instanceId, now + busyEveryMs);
      this.#o.records.put(instanceId, { ...record, restartedAt: now });
      await this.#restart(instanceId).catch(() => undefined);
    });
  }

  async #restart(instanceId: string): Promise<void> {
    const way = this.#o.restartWay(instanceId);
    if (way === null) throw new Error(noWay);
    const going = this.#goingOf(instanceId);
    const step = this.#o.records.get(instanceId)?.step;
    going.restarting = true;
    this.#o.onChange(instanceId);
    try {
      const ran = await this.#o.runRestart(way);
      if (!ran.ok) throw new Error(`Jean was not restarted. ${ran.why}`);
      if (step === 'waiting') await this.#awaitNext(instanceId);
      going.trouble = null;
    } catch (error) {
      going.trouble = wordsOf(error);
      throw error;
    } finally {
      going.restarting = false;
      this.#o.onChange(instanceId);
    }
  }

  /** Until Jean takes the new one. */
  async #awaitNext(instanceId: string): Promise<void> {
    const { backEveryMs = 500, backWithinMs = 60_000 } = this.#o;
    const token = await this.#steps.token('next', instanceId);
    if (token === null) return;
    let last: Knock = 'away';
    for (let waited = 0; waited < backWithinMs; waited += backEveryMs) {
      const answer = (await this.#o.door(instanceId)?.knock(token)) ?? 'away';
      if (answer === 'taken' || answer === 'open') {
        await this.#steps.works(instanceId, token);
        return this.#steps.carryOn(instanceId);
      }
      last = answer;
      await delay(backEveryMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
    }
    throw new Error(last === 'refused' ? neverTaken : notBack);
  }

  #nextOf(record: JeanTokenRecord): number | null {
    const { now, rotation } = this.#o;
    return nextRotation(rotation(), Math.max(record.rotatedAt ?? 0, record.since), now());
  }

  #schedule(instanceId: string, notBefore = 0): void {
    const record = this.#o.records.get(instanceId);
    const next = record && this.#nextOf(record);
    this.#rotations.set(instanceId, next === null ? null : Math.max(next, notBefore));
  }

  /** A Jean that is away is no trouble: it is looked at when it is back. */
  async #tried(instanceId: string, work: () => Promise<void>): Promise<void> {
    const going = this.#goingOf(instanceId);
    try {
      await work();
      going.failures = 0;
      going.trouble = null;
      this.#retries.set(instanceId, null);
      this.#schedule(instanceId);
      if (this.#o.records.get(instanceId)?.step === 'waiting') void this.#restartWhenQuiet(instanceId);
    } catch (error) {
      if (wordsOf(error) !== notConnected) {
        going.trouble = wordsOf(error);
        this.#o.log(`The token of ${this.#o.nameOf(instanceId)}: ${going.trouble}`);
        this.#retries.set(instanceId, this.#o.now() + backoffMs(going.failures, this.#o.random, retry.firstMs, retry.mostMs));
        going.failures += 1;
      }
      throw error;
    } finally {
      this.#o.onChange(instanceId);
    }
  }

  #goingOf(instanceId: string): Going {
    const known = this.#going.get(instanceId);
    if (known !== undefined) return known;
    const none = { trouble: null, restarting: false, failures: 0 };
    this.#going.set(instanceId, none);
    return none;
  }

  /** One after the other for each Jean. */
  #inTurn(instanceId: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#turns.get(instanceId) ?? Promise.resolve()).then(work);
    this.#turns.set(
      instanceId,
      done.catch(() => undefined),
    );
    return done;
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function stateOf(record: JeanTokenRecord | null, apart: boolean): JeanTokenView['state'] {
  if (record === null) return 'unknown';
  switch (record.step) {
    case 'asking':
    case 'keeping':
      return 'rotating';
    case 'waiting':
      return 'waiting';
    case 'none':
      return apart ? 'waiting' : record.vaulted === null || record.vaulted !== record.working ? 'unknown' : 'in-step';
    default:
      return record.step satisfies never;
  }
}
