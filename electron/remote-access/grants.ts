import { randomUUID } from 'node:crypto';
import { claimLifeMs, type GrantView, type GrantWish, grantLife, longestGraceMs } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { plainLine } from '../base/plain-line.ts';
import type { Secret } from '../base/secret.ts';
import type { Grant, RefusalReason } from './grant.ts';
import {
  afterGrace,
  generationCounts,
  hasEnded,
  isDue,
  movedBack,
  nextEnd,
  rotated,
  spent,
  used,
  viewOf,
  withClaim,
  withClaimUsed,
  withDevice,
} from './grant-changes.ts';
import { makeToken, tokenKind } from './grant-token.ts';
import { createdEntry, endedEntry, expiredEntry, extendedEntry, resumedEntry, rotatedEntry } from './grant-words.ts';
import type { GrantRecord, GrantRecords } from './records.ts';
import { SparseTimer } from './sparse-timer.ts';
import { SteadyClock } from './steady-clock.ts';

/** What became of a grant. `ended`: whatever is open by it has to close now. */
export type GrantChange = 'created' | 'changed' | 'ended';
/** Why: `rotated` means that the grant goes on with its new token, and what came in by the old one has to go. */
export type GrantEnd = 'revoked' | 'suspended' | 'expired' | 'rotated';
export type GrantListener = (grantId: string, what: GrantChange, why: GrantEnd | null) => void;

export interface GrantsOptions {
  readonly records: GrantRecords;
  readonly now: () => number;
  /** ms that only ever go on, whatever the clock is set to. */
  readonly steady: () => number;
  readonly random: (bytes: number) => Buffer;
  /** Joins the transaction that is open. */
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
}

/** Who did it, for the log. */
export type Actor = 'person' | 'companion';

/** Grants that ended so long ago are forgotten here; the log keeps them. */
const rememberMs = 90 * 24 * 60 * 60_000;

/** The grants of this companion: made, used, rotated and ended. Nothing in here waits, so that two who come at once come one after the other. */
export class Grants {
  readonly #o: GrantsOptions;
  readonly #records: GrantRecords;
  readonly #clock: SteadyClock;
  readonly #listeners = new Set<GrantListener>();
  readonly #timer: SparseTimer;
  #due = Number.NEGATIVE_INFINITY;

  constructor(options: GrantsOptions) {
    this.#o = options;
    this.#records = options.records;
    this.#clock = new SteadyClock(options.now, options.steady, this.#records.seenAt());
    this.#timer = new SparseTimer(options.steady, () => this.#arm(this.look()));
  }

  /** Notices from now on by itself when a grant runs out. */
  start(): void {
    this.#timer.start();
    const now = this.look();
    this.#arm(now);
    const old = this.#records.all().filter((one) => hasEnded(one, now) && (viewOf(one, now).endedAt ?? now) < now - rememberMs);
    if (old.length > 0) this.#records.remove(old.map(({ grant }) => grant.id));
  }

  stop(): void {
    this.#timer.stop();
  }

  /** Looks at the clock: the computer woke, or its clock was set. Answers the time, epoch ms. */
  look(): number {
    const { now, backMs } = this.#clock.look();
    if (backMs > 0) {
      const living = this.#records.all().filter(({ grant }) => grant.revokedAt === null && grant.expiredAt === null);
      const moved = living.map((record) => movedBack(record, backMs));
      if (moved.length > 0) this.#writeOrHold(moved, now);
    }
    if (backMs > 0 || now >= this.#due) this.#sweep(now);
    return now;
  }

  /** A grant as it was wished for, and its token, which is never seen again. */
  create(wish: GrantWish): { readonly grant: Grant; readonly token: Secret } {
    const now = this.look();
    const token = makeToken('grant', this.#o.random);
    const { person, mail, phone, role, instanceIds, addresses, oneTime, lifeMs } = wish;
    const grant: Grant = {
      id: randomUUID(),
      person,
      mail,
      phone,
      role,
      instanceIds,
      addresses,
      oneTime,
      createdAt: now,
      expiresAt: now + lifeMs,
      suspendedAt: null,
      revokedAt: null,
      expiredAt: null,
      firstUsedAt: null,
      lastUsedAt: null,
    };
    const fingerprint = fingerprintOf(token);
    const tokens = [{ fingerprint, generation: 1, until: null, spent: false }];
    const record: GrantRecord = { grant, generation: 1, tokens, claims: [], devices: [], seenFrom: [] };
    this.#write([record], now, 'now', () => this.#o.audit(createdEntry(grant, fingerprint)));
    this.#tell([grant.id], 'created', null);
    return { grant, token };
  }

  /**
   * Whose token this is; null when it is nobody's, or was rotated or used up. Whether it lets in is for `admit` to say. One of a one-time
   * grant has to be {@link spend}ed, or bound to a device, before anything else happens.
   */
  byToken(text: string): Grant | null {
    const now = this.look();
    const found = this.#records.find('grant', text);
    const token = found?.record.tokens.find((one) => one.fingerprint === found.fingerprint);
    if (found === null || token === undefined || token.spent) return null;
    return generationCounts(found.record, token.generation, now) ? found.record.grant : null;
  }

  /** Whose device this cookie is of. */
  byDevice(cookie: string): { readonly grant: Grant; readonly deviceId: string } | null {
    const now = this.look();
    const found = this.#records.find('device', cookie);
    const device = found?.record.devices.find((one) => one.fingerprint === found.fingerprint);
    if (found === null || device === undefined || !generationCounts(found.record, device.generation, now)) return null;
    return { grant: found.record.grant, deviceId: device.id };
  }

  /** Why a token, a code or a cookie lets nobody in, and whose it was, for the log. */
  refusalOf(text: string): { readonly reason: RefusalReason; readonly grant: Grant | null } {
    const now = this.look();
    const kind = tokenKind(text);
    if (kind === null) return { reason: 'malformed', grant: null };
    const found = this.#records.find(kind, text);
    if (found === null) return { reason: 'unknown', grant: null };
    const { grant, claims, tokens } = found.record;
    const claim = claims.find(({ fingerprint }) => fingerprint === found.fingerprint);
    const token = tokens.find(({ fingerprint }) => fingerprint === found.fingerprint);
    if (claim !== undefined && claim.usedAt === null && now >= claim.until) return { reason: 'expired', grant };
    const gone = (claim !== undefined && claim.usedAt !== null) || token?.spent === true;
    return { reason: gone ? 'used' : 'revoked', grant };
  }

  /** A code for a link that is sent: it works once, and for 15 minutes. @throws a sentence where the grant lets nobody in */
  claim(id: string): { readonly code: Secret; readonly expiresAt: number } {
    const now = this.look();
    const record = this.#living(id, now);
    if (record.grant.suspendedAt !== null) throw new Error(`The grant of ${nameOf(record)} is suspended. Resume it first.`);
    if (record.tokens.every((token) => token.spent))
      throw new Error(`The one-time grant of ${nameOf(record)} is in use already. Rotate it to let in another device.`);
    const code = makeToken('claim', this.#o.random);
    const expiresAt = Math.min(now + claimLifeMs, record.grant.expiresAt);
    const claim = { fingerprint: fingerprintOf(code), generation: record.generation, until: expiresAt, usedAt: null };
    this.#write([withClaim(record, claim)], now, 'now');
    this.#tell([id], 'changed', null);
    return { code, expiresAt };
  }

  /**
   * The grant that a code leads to; the code is dead then, whatever comes of it. A mail's link is opened by scanners and previews before its
   * reader does: the door has to ask for a click (POST) first.
   */
  redeem(text: string): Grant | null {
    const now = this.look();
    const found = this.#records.find('claim', text);
    const claim = found?.record.claims.find((one) => one.fingerprint === found.fingerprint);
    if (found === null || claim === undefined || claim.usedAt !== null || now >= claim.until) return null;
    if (claim.generation !== found.record.generation) return null;
    this.#write([withClaimUsed(found.record, claim.fingerprint, now)], now, 'now');
    this.#tell([found.record.grant.id], 'changed', null);
    return found.record.grant;
  }

  /** A cookie for the browser that came in. The token of a one-time grant is dead from here on. @throws when the grant has ended */
  bindDevice(id: string, userAgent: string | null): { readonly deviceId: string; readonly cookie: Secret } {
    const now = this.look();
    const record = this.#living(id, now);
    const cookie = makeToken('device', this.#o.random);
    const device = {
      id: randomUUID(),
      fingerprint: fingerprintOf(cookie),
      generation: record.generation,
      userAgent: userAgent === null ? null : plainLine(userAgent, 300),
      since: now,
      lastUsedAt: null,
    };
    const bound = withDevice(record, device);
    this.#write([record.grant.oneTime ? spent(bound, now) : bound], now, record.grant.oneTime ? 'now' : 'soon');
    this.#tell([id], 'changed', null);
    return { deviceId: device.id, cookie };
  }

  /** The token of a one-time grant was used without a device: it is dead from here on. Of another grant nothing changes. */
  spend(id: string): void {
    const now = this.look();
    const record = this.#records.get(id);
    if (record === null || !record.grant.oneTime || record.tokens.every((token) => token.spent)) return;
    this.#write([spent(record, now)], now, 'now');
    this.#tell([id], 'changed', null);
  }

  /** It was used from this address. Says whether it was never used from there before. */
  touch(id: string, address: string, deviceId: string | null = null): { readonly newAddress: boolean } {
    const now = this.look();
    const record = this.#records.get(id);
    const use = record === null ? null : used(record, { address, deviceId, now });
    if (use === null) return { newAddress: false };
    this.#write([use.record], now, 'soon');
    this.#tell([id], 'changed', null);
    return { newAddress: use.newAddress };
  }

  /** A new token. The old one, and who came in by it, goes on for `graceMs`, 0 to 60 minutes. @throws when the grant has ended */
  rotate(id: string, graceMs: number): { readonly token: Secret } {
    const now = this.look();
    const before = this.#living(id, now);
    if (!(graceMs >= 0 && graceMs <= longestGraceMs)) throw new Error('The old token may go on for 60 minutes at most.');
    const token = makeToken('grant', this.#o.random);
    const after = rotated(before, fingerprintOf(token), now + graceMs);
    const record = graceMs === 0 ? (afterGrace(after, now) ?? after) : after;
    this.#write([record], now, 'now', () => this.#o.audit(rotatedEntry(record.grant, fingerprintOf(token), graceMs)));
    this.#tell([id], graceMs === 0 ? 'ended' : 'changed', graceMs === 0 ? 'rotated' : null);
    return { token };
  }

  /** Gives it more time, up to 90 days from now. @throws when it has ended, or that is no more time */
  extend(id: string, expiresAt: number): void {
    const now = this.look();
    const record = this.#living(id, now);
    if (!(expiresAt > record.grant.expiresAt))
      throw new Error('Choose a later end than it has now; to end it earlier, revoke it.');
    if (expiresAt > now + grantLife.longestMs) throw new Error('A grant lives for 90 days at most, counted from now.');
    const grant = { ...record.grant, expiresAt };
    this.#write([{ ...record, grant }], now, 'now', () => this.#o.audit(extendedEntry(grant)));
    this.#tell([id], 'changed', null);
  }

  /** Lets nobody in by it, until {@link resume}. @throws when it has ended */
  suspend(id: string): void {
    const now = this.look();
    const record = this.#living(id, now);
    if (record.grant.suspendedAt !== null) return;
    this.#end([{ ...record, grant: { ...record.grant, suspendedAt: now } }], now, 'suspended', 'person');
  }

  /** @throws when it has ended */
  resume(id: string): void {
    const now = this.look();
    const record = this.#living(id, now);
    if (record.grant.suspendedAt === null) return;
    const grant = { ...record.grant, suspendedAt: null };
    this.#write([{ ...record, grant }], now, 'now', () => this.#o.audit(resumedEntry(grant)));
    this.#tell([id], 'changed', null);
  }

  /** Ends these for good, all at once. What has ended already stays as it is. @throws when the disk does not take it; they are dead all the same */
  revoke(ids: string | readonly string[], by: Actor = 'person'): void {
    const now = this.look();
    const living = [...new Set([ids].flat())].flatMap((id) => this.#records.get(id) ?? []).filter((one) => !hasEnded(one, now));
    if (living.length === 0) return;
    const dead = living.map((one) => ({ ...one, grant: { ...one.grant, revokedAt: now }, devices: [], claims: [] }));
    this.#end(dead, now, 'revoked', by);
  }

  get(id: string): Grant | null {
    this.look();
    return this.#records.get(id)?.grant ?? null;
  }

  /** All, the oldest first; those that ended stay for 90 days. */
  list(): readonly Grant[] {
    this.look();
    return this.#records.all().map(({ grant }) => grant);
  }

  /** As the page shows them. */
  views(): readonly GrantView[] {
    const now = this.look();
    return this.#records.all().map((record) => viewOf(record, now));
  }

  /** Tells of each change before the call that made it returns, so that nothing stays open by what has ended. */
  onChange(listener: GrantListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #living(id: string, now: number): GrantRecord {
    const record = this.#records.get(id);
    if (record === null) throw new Error('This grant is not there any more.');
    if (!hasEnded(record, now)) return record;
    const how = record.grant.revokedAt === null ? 'has run out' : 'was revoked';
    throw new Error(`The grant of ${nameOf(record)} ${how}. Make a new one.`);
  }

  /** Dead in here first and whatever the disk says; nobody is told that it is done before it is on the disk. */
  #end(records: readonly GrantRecord[], now: number, why: 'revoked' | 'suspended', by: Actor): void {
    try {
      this.#write(records, now, 'now', () => {
        for (const { grant } of records) this.#o.audit(endedEntry(grant, why, by));
      });
    } catch (error) {
      this.#hold(records, now);
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(`Nobody gets in by it any more, but this could not be written down and ends with the app: ${said}`);
    } finally {
      this.#tell(
        records.map(({ grant }) => grant.id),
        'ended',
        why,
      );
    }
  }

  #sweep(now: number): void {
    const all = this.#records.all();
    const expired = all
      .filter((record) => isDue(record, now))
      .map((record) => ({ ...record, grant: { ...record.grant, expiredAt: now }, devices: [], claims: [] }));
    const ids = new Set(expired.map(({ grant }) => grant.id));
    const graced = all.flatMap((record) => (ids.has(record.grant.id) ? [] : (afterGrace(record, now) ?? [])));
    if (expired.length + graced.length > 0)
      this.#writeOrHold([...expired, ...graced], now, () => {
        for (const { grant } of expired) this.#o.audit(expiredEntry(grant));
      });
    this.#tell([...ids], 'ended', 'expired');
    this.#tell(
      graced.map(({ grant }) => grant.id),
      'ended',
      'rotated',
    );
    this.#arm(now);
  }

  /** For what the clock brings: it holds, whether the disk takes it or not. After a restart the clock brings it again. */
  #writeOrHold(records: readonly GrantRecord[], now: number, beside?: () => void): void {
    try {
      this.#write(records, now, 'now', beside);
    } catch (error) {
      this.#hold(records, now);
      this.#o.log(`The end of a grant could not be written down: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #hold(records: readonly GrantRecord[], now: number): void {
    this.#records.hold(records);
    this.#arm(now);
  }

  #write(records: readonly GrantRecord[], now: number, onDisk: 'now' | 'soon', beside: () => void = () => {}): void {
    this.#records.write(records, now, onDisk, beside);
    this.#hold(records, now);
  }

  /** The timer is for what is open; who comes in between is measured by the clock itself. */
  #arm(now: number): void {
    const ends = this.#records.all().flatMap((record) => nextEnd(record, now) ?? []);
    this.#due = ends.reduce((first, end) => Math.min(first, end), Number.POSITIVE_INFINITY);
    this.#timer.set(ends.length === 0 ? null : this.#due - now);
  }

  #tell(ids: readonly string[], what: GrantChange, why: GrantEnd | null): void {
    this.#records.afterCommit(() => {
      for (const id of ids) for (const listener of this.#listeners) listener(id, what, why);
    });
  }
}

const nameOf = ({ grant }: GrantRecord): string => `“${grant.person}”`;
