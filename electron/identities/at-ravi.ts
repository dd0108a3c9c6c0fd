import type { IdentityToPick } from '../../shared/identities.ts';
import { Refused } from '../base/refused.ts';
import type { Secret } from '../base/secret.ts';
import type { RaviClient } from '../ravi/client.ts';
import { RaviError } from '../ravi/errors.ts';
import {
  createIdentity,
  identityKeyLabels,
  listIdentities,
  mintIdentityKey,
  provisionPhone,
  type RaviIdentity,
} from '../ravi/identities.ts';
import { waitWords } from './advice.ts';
import type { Desk } from './desk.ts';
import type { IdentityRecord, Intent } from './records.ts';

/** The account at Ravi, and the keys of its identities on this machine. */
export interface RaviAccess {
  /** A client with the management key. @throws with the reason */
  management(): RaviClient;
  /** A client with the identity's own key, or where there is none, with the management key. @throws with the reason */
  of(uuid: string): Promise<RaviClient>;
  holds(uuid: string): Promise<boolean>;
  keep(uuid: string, key: Secret): Promise<void>;
}

/** A request that Ravi has not carried out this long after it was made is taken for lost, ms: longer where a second one may be billed. */
const lateMs: Readonly<Record<Intent['what'], number>> = { create: 120_000, phone: 120_000, key: 45_000, password: 45_000 };

/** How much longer something that Ravi was asked for may still come about, ms; 0: it does not any more. */
export const stillLateMs = ({ what, at }: Pick<Intent, 'what' | 'at'>, now: number): number =>
  Math.max(0, at + lateMs[what] - now);

/** Whether Ravi itself has answered, so that what it was asked is over: behind a gateway's page it may go on. */
export const isAnswered = (error: unknown): boolean =>
  error instanceof RaviError && error.status > 0 && (error.status < 500 || error.inItsWords);

/** Whether a failure says for certain that nothing was made. */
export const isRefused = (error: unknown): error is RaviError =>
  error instanceof RaviError && (error.neverArrived || error.kind === 'invalid' || (error.status >= 400 && error.status < 500));

/** Identities at Ravi: picked, made, with their keys and numbers. Nothing that makes something is ever asked for twice by itself. */
export class IdentitiesAtRavi {
  readonly #desk: Desk;
  readonly #ravi: RaviAccess;
  readonly #now: () => number;
  /** Keys that Ravi has shown, once, and the secret box has not taken yet; by identity. */
  readonly #unkept = new Map<string, Secret>();

  constructor(desk: Desk, ravi: RaviAccess, now: () => number) {
    this.#desk = desk;
    this.#ravi = ravi;
    this.#now = now;
  }

  /** What there is to pick from. @throws with the reason */
  async list(): Promise<IdentityToPick[]> {
    const taken = this.#desk.all();
    return (await listIdentities(this.#ravi.management())).map(({ uuid, name, inbox, phone }) => ({
      uuid,
      name,
      inbox,
      phone,
      projects: taken.filter(({ identity }) => identity?.uuid === uuid).map(({ projectName }) => projectName),
    }));
  }

  async pick(projectId: string, uuid: string): Promise<void> {
    const sentence = 'The identity is being taken for the project.';
    await this.#desk.work(projectId, { step: 'identity', sentence, open: true }, async (signal) => {
      this.#mustBeFree(projectId);
      const found = (await listIdentities(this.#ravi.management(), signal)).find((one) => one.uuid === uuid);
      if (found === undefined) throw new Refused('invalid', 'That identity is not in your account at Ravi any more.');
      this.#adopt(projectId, found);
      this.#desk.note('identity.picked', projectId, `${found.name} is the identity of the project.`);
      await this.#key(projectId, signal);
    });
  }

  async create(projectId: string, name: string, localPart: string | null): Promise<void> {
    const sentence = `Ravi is making ${name}.`;
    await this.#desk.work(projectId, { step: 'identity', sentence, open: true }, async (signal) => {
      const client = this.#ravi.management();
      if (this.#desk.get(projectId).intent?.what === 'create' && (await this.#settleCreate(projectId, signal)))
        return await this.#key(projectId, signal);
      this.#mustBeFree(projectId);
      const { intent } = this.#desk.get(projectId);
      if (intent !== null) throw stillUnsure(intent, this.#now());
      const before = (await listIdentities(client, signal)).map(({ uuid }) => uuid);
      await this.#desk.intend(projectId, { what: 'create', at: this.#now(), name, localPart, before });
      try {
        const { identity, key } = await createIdentity(client, { name, localPart }, signal);
        // The key first: it is told this once, and the identity is found again without it.
        if (key !== null) await this.#hold(identity.uuid, key).catch(() => undefined);
        this.#adopt(projectId, identity);
        this.#desk.note('identity.created', projectId, `Ravi made the identity ${identity.name}.`);
        if (key !== null && !this.#unkept.has(identity.uuid)) this.#noteKey(projectId, identity, 'It came with it.');
      } catch (error) {
        if (this.#desk.get(projectId).identity !== null) throw error;
        if (isRefused(error)) {
          this.#desk.change(projectId, { intent: null });
          this.#desk.note('identity.created', projectId, `${name} was not made. ${error.message}`, 'failed');
          throw explained(error, createRemedies);
        }
        this.#desk.note('identity.created', projectId, `Whether ${name} was made is not known.`, 'failed');
        if (signal.aborted || !(await this.#settleCreate(projectId, signal).catch(() => false))) throw error;
      }
      await this.#key(projectId, signal);
    });
  }

  /** Gets it a phone number. */
  async phone(projectId: string, country: string): Promise<void> {
    const sentence = 'Ravi is getting a phone number. That takes up to a minute.';
    await this.#desk.work(projectId, { step: null, sentence }, async (signal) => {
      const { identity, intent } = this.#desk.named(projectId);
      const client = this.#ravi.management();
      if (intent !== null && !(await this.#settle(projectId, signal))) throw stillUnsure(intent, this.#now());
      if (this.#desk.named(projectId).identity.phone !== null) return;
      await this.#desk.intend(projectId, { what: 'phone', at: this.#now(), country });
      try {
        const { phone } = await provisionPhone(client, identity.uuid, country, signal);
        this.#desk.change(projectId, { identity: { ...identity, phone }, intent: null });
        this.#desk.note('identity.phone', projectId, `${identity.name} has the number ${phone ?? 'that Ravi did not name'}.`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#desk.note('identity.phone', projectId, `No number came for ${identity.name}. ${message}`, 'failed');
        // One that has a number already shows it in the list; and of its provider Ravi says 503, in words.
        const looked =
          !signal.aborted &&
          (await this.#settlePhone(projectId, signal).then(
            () => true,
            () => false,
          ));
        if (this.#desk.named(projectId).identity.phone !== null) return;
        const none = error instanceof RaviError && error.status === 503 && error.inItsWords && looked;
        if (!(isRefused(error) || none)) throw error;
        this.#desk.change(projectId, { intent: null });
        throw explained(error, phoneRemedies);
      }
    });
  }

  /** Looks whether what is not known came about, and makes the key where it is missing. */
  async check(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'identity', sentence: 'Ravi is asked what there is.' }, async (signal) => {
      const { intent } = this.#desk.get(projectId);
      if (intent !== null && !(await this.#settle(projectId, signal))) throw stillUnsure(intent, this.#now());
      if (this.#desk.get(projectId).identity === null) return;
      await this.#refresh(projectId, signal);
      await this.#key(projectId, signal);
    });
  }

  /** Asks Ravi for the address and number as they are. */
  async checkAddress(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'address', sentence: 'Ravi is asked for the address.' }, (signal) =>
      this.#refresh(projectId, signal),
    );
  }

  /** Looks up what an earlier run left open; makes nothing. */
  async resume(projectId: string): Promise<void> {
    const intent = this.#desk.find(projectId)?.intent ?? null;
    if (intent === null) return;
    await this.#desk
      .work(projectId, { step: 'identity', sentence: 'Ravi is asked what came of the last run.' }, async (signal) => {
        if (!(await this.#settle(projectId, signal))) throw stillUnsure(intent, this.#now());
      })
      // It is kept at the step, and the person looks again.
      .catch(() => undefined);
  }

  /** Whether it is known by now what came of what Ravi was asked. */
  async #settle(projectId: string, signal: AbortSignal): Promise<boolean> {
    const { intent } = this.#desk.get(projectId);
    switch (intent?.what) {
      case undefined:
        return true;
      case 'create':
        await this.#settleCreate(projectId, signal);
        return this.#desk.get(projectId).intent === null;
      case 'phone':
        return await this.#settlePhone(projectId, signal);
      case 'key':
        await this.#settleKey(projectId, intent, signal);
        return true;
      case 'password':
        // The vault's own look does that.
        return true;
      default:
        return intent satisfies never;
    }
  }

  /** Whether one was made: a uuid that was not there, with the name or the address that was asked for. */
  async #settleCreate(projectId: string, signal: AbortSignal): Promise<boolean> {
    const { intent } = this.#desk.get(projectId);
    if (intent?.what !== 'create') return false;
    const found = (await listIdentities(this.#ravi.management(), signal)).filter(
      ({ uuid, name, inbox }) =>
        !intent.before.includes(uuid) &&
        this.#desk.all().every(({ identity }) => identity?.uuid !== uuid) &&
        (intent.localPart === null ? name === intent.name : inbox.startsWith(`${intent.localPart}@`)),
    );
    const [only] = found;
    if (only !== undefined && found.length === 1) {
      this.#adopt(projectId, only);
      const known = (await this.#ravi.holds(only.uuid)) || this.#unkept.has(only.uuid);
      const key = known
        ? ''
        : ' The key that came with it was lost with the answer: nobody has it, and only Ravi’s dashboard deletes it.';
      this.#desk.note('identity.created', projectId, `Ravi had made the identity ${only.name}.${key}`);
      return true;
    }
    if (found.length > 1)
      throw new Error(`Ravi has ${found.length} new identities called ${intent.name}. Pick the one that is meant from the list.`);
    // A request that was on its way may still be carried out for a while.
    if (stillLateMs(intent, this.#now()) === 0) this.#desk.change(projectId, { intent: null });
    return false;
  }

  /** Whether it is known if a number came. */
  async #settlePhone(projectId: string, signal: AbortSignal): Promise<boolean> {
    await this.#refresh(projectId, signal);
    const { identity, intent } = this.#desk.named(projectId);
    const known = identity.phone !== null || intent === null || stillLateMs(intent, this.#now()) === 0;
    if (known) this.#desk.change(projectId, { intent: null });
    return known || intent?.what !== 'phone';
  }

  /** Whether a key was made whose value nobody has. @throws with what to do */
  async #settleKey(projectId: string, intent: Extract<Intent, { what: 'key' }>, signal: AbortSignal): Promise<void> {
    const { label, before } = intent;
    const { identity } = this.#desk.named(projectId);
    if (await this.#isHeld(projectId, identity)) return this.#desk.change(projectId, { intent: null });
    const now = await this.#labels(identity, label);
    signal.throwIfAborted();
    const made = now !== null && before !== null && now > before;
    if (!made && stillLateMs(intent, this.#now()) > 0) throw stillUnsure(intent, this.#now());
    this.#desk.change(projectId, { intent: null });
    if (!made && now !== null && before !== null) throw new Error('Ravi did not make the key. Try again to have it made.');
    throw new Error(
      `Ravi ${made ? 'made' : 'may have made'} the key “${label}”, and its answer was lost. Delete that key in Ravi’s dashboard, then try again to have another made.`,
    );
  }

  /** Its own key, made where none is here. */
  async #key(projectId: string, signal: AbortSignal): Promise<void> {
    const { identity, projectName } = this.#desk.named(projectId);
    if (await this.#isHeld(projectId, identity)) return;
    const client = this.#ravi.management();
    const label = `jean-ravi:${projectName}`;
    const before = await this.#labels(identity, label);
    const intent = { what: 'key', at: this.#now(), label, before } as const;
    await this.#desk.intend(projectId, intent);
    let key: Secret;
    try {
      key = await mintIdentityKey(client, identity.uuid, label, signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#desk.note('identity.key', projectId, `${identity.name} got no key. ${message}`, 'failed');
      if (isRefused(error)) this.#desk.change(projectId, { intent: null });
      else if (!signal.aborted) {
        const over = isAnswered(error) ? { ...intent, at: 0 } : intent;
        // Where Ravi can't be asked either it stays open, and is looked up later.
        await this.#settleKey(projectId, over, signal).catch((found: unknown) => {
          if (this.#desk.get(projectId).intent === null) throw found;
        });
      }
      throw error;
    }
    await this.#hold(identity.uuid, key);
    this.#noteKey(projectId, identity, `It is called “${label}”.`);
    this.#desk.change(projectId, { intent: null });
  }

  /** Whether its key is in the secret box, where one that the box did not take before is put now. */
  async #isHeld(projectId: string, identity: RaviIdentity): Promise<boolean> {
    if (await this.#ravi.holds(identity.uuid)) return true;
    const key = this.#unkept.get(identity.uuid);
    if (key === undefined) return false;
    await this.#hold(identity.uuid, key);
    this.#noteKey(projectId, identity, 'The key store has taken it now.');
    return true;
  }

  /** Puts a key into the secret box; one that it does not take waits, because Ravi shows it once. @throws with what to do */
  async #hold(uuid: string, key: Secret): Promise<void> {
    this.#unkept.set(uuid, key);
    await this.#ravi.keep(uuid, key).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Ravi made the key, and this machine’s key store does not take it: ${why} Unlock the key store and look again, before the Companion ends.`,
      );
    });
    this.#unkept.delete(uuid);
  }

  #noteKey(projectId: string, identity: RaviIdentity, how: string): void {
    this.#desk.note('identity.key', projectId, `${identity.name} has a key of its own on this machine. ${how}`);
  }

  /** How many keys of a label the identity has; null where Ravi does not say. */
  async #labels({ uuid }: RaviIdentity, label: string): Promise<number | null> {
    try {
      return (await identityKeyLabels(this.#ravi.management(), uuid)).filter((one) => one === label).length;
    } catch (error) {
      // How the list looks is not documented (contract ravi §9).
      if (error instanceof RaviError && (error.kind === 'malformed' || error.kind === 'not-found')) return null;
      throw error;
    }
  }

  async #refresh(projectId: string, signal: AbortSignal): Promise<void> {
    const { identity } = this.#desk.named(projectId);
    const found = (await listIdentities(this.#ravi.management(), signal)).find(({ uuid }) => uuid === identity.uuid);
    if (found === undefined) throw new Error(`${identity.name} is not in your account at Ravi any more.`);
    this.#desk.change(projectId, { identity: { ...found } });
  }

  /** Takes an identity; what another project found out about its account holds here too. */
  #adopt(projectId: string, identity: RaviIdentity): void {
    const other = this.#desk.all().find((one) => one.projectId !== projectId && one.identity?.uuid === identity.uuid);
    const known: Partial<IdentityRecord> = other
      ? { login: other.login, password: other.password, signUpAt: other.signUpAt, mailAt: other.mailAt, account: other.account }
      : {};
    this.#desk.change(projectId, { ...known, identity: { ...identity }, intent: null, trouble: null });
  }

  #mustBeFree(projectId: string): void {
    const { identity, intent } = this.#desk.get(projectId);
    if (identity !== null) throw new Refused('invalid', `The project has ${identity.name}. Retire it before it gets another.`);
    // The person picks what came of it, or what they want instead.
    if (intent !== null && intent.what !== 'create') throw stillUnsure(intent, this.#now());
  }
}

/** What was asked for is not known to be made, nor to be lost. */
export const stillUnsure = (intent: Intent, now: number): Error =>
  new Error(
    `It is still not known what came of what Ravi was asked. Look again in ${waitWords(stillLateMs(intent, now))}, before anything is asked for again.`,
  );

/** A refusal with what to do about it where that is another thing than elsewhere. */
function explained(error: RaviError, remedies: Partial<Record<RaviError['kind'], string>>): Error {
  const more = remedies[error.kind];
  return more === undefined ? error : new Error(`${error.message} ${more}`, { cause: error });
}

const createRemedies = {
  subscription: 'Ravi’s free plan has one identity; pick that one, or change the plan in Ravi’s dashboard.',
  conflict: 'Choose another address, or look at the identity again.',
} as const;

const phoneRemedies = {
  subscription: 'Change the plan in Ravi’s dashboard, then ask for the number again.',
  conflict: 'Look at Ravi again: it shows the number that there is.',
  unavailable: 'No number was got. Choose another country, or try again later.',
} as const;
