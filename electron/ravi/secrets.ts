import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import type { RaviClient } from './client.ts';
import { RaviError } from './errors.ts';

/** A secret of an identity, without its value. */
export interface RaviSecretName {
  readonly uuid: string;
  readonly key: string;
  readonly notes: string;
}

const rowSchema = z.object({
  uuid: z.string().min(1),
  key: z.string(),
  value: z.string().transform((value) => Secret.of(value)),
  notes: z.string().nullish(),
});
/** Ravi sends every value in clear in a list; here it is dropped while reading. */
const nameSchema = rowSchema
  .pick({ uuid: true, key: true, notes: true })
  .transform(({ uuid, key, notes }): RaviSecretName => ({ uuid, key, notes: notes ?? '' }));

type Row = z.infer<typeof rowSchema>;

const path = '/api/secrets/';
const rounds = 3;
const nameOf = (identity: string, key: string): string => `${identity} ${key}`;
const pathOf = (uuid: string): string => `${path}${encodeURIComponent(uuid)}/`;

/** The secrets of Ravi's vault (contract ravi §3.3). Keys are upper case; values are seen by the caller of {@link RaviSecrets.read} alone. */
export class RaviSecrets {
  readonly #client: RaviClient;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Where each key was seen last: an entry that we know is not looked for again. Somebody else may have deleted it since. */
  readonly #seen = new Map<string, string>();

  readonly #isOurs: (notes: string) => boolean;

  /** `isOurs` says by an entry's notes whether it may be changed or deleted. */
  constructor(client: RaviClient, isOurs: (notes: string) => boolean) {
    this.#client = client;
    this.#isOurs = isOurs;
  }

  /**
   * Sets a secret, whether it is there or not, with one request in the usual case: an entry that we know is changed, any other is made, and
   * only when Ravi says that there is one already (its keys are unique, contract ravi §3.3) is it looked for. Ravi has no upsert and no lock:
   * one at a time for each key here. Safe to repeat after a failure.
   * @throws RaviError; `foreign` where an entry that is not ours has the key
   */
  async upsert(
    identity: string,
    key: string,
    value: Secret,
    notes: string,
    signal?: AbortSignal,
  ): Promise<{ readonly uuid: string; readonly created: boolean }> {
    checkKey(key);
    return await this.#inTurn(identity, key, async () => {
      for (let round = 1; ; round += 1) {
        const uuid = this.#seen.get(nameOf(identity, key)) ?? null;
        try {
          if (uuid === null) return { uuid: await this.#create(identity, key, value, notes, signal), created: true };
          await this.#client.send({
            method: 'PATCH',
            path: pathOf(uuid),
            identity,
            body: { value: value.reveal(), notes },
            hide: [value],
            signal,
            what: `Changing ${key} in Ravi’s vault`,
          });
          return { uuid, created: false };
        } catch (error) {
          // 400: it is there already, in words that nobody has documented. 404: somebody deleted it.
          const mistaken = error instanceof RaviError && error.kind === (uuid === null ? 'invalid' : 'not-found');
          if (!mistaken || round >= rounds) throw error;
          const now = await this.#find(identity, key, signal);
          if (now !== null && !this.#isOurs(now.notes ?? ''))
            throw new RaviError('foreign', `${key} in Ravi’s vault is not the companion’s, and stays as it is.`);
          if ((now?.uuid ?? null) === uuid) throw error;
        }
      }
    });
  }

  /** One secret with its value; null when there is none of that key. @throws RaviError */
  async read(
    identity: string,
    key: string,
    signal?: AbortSignal,
  ): Promise<{ readonly uuid: string; readonly value: Secret; readonly notes: string } | null> {
    checkKey(key);
    const row = await this.#find(identity, key, signal);
    return row && { uuid: row.uuid, value: row.value, notes: row.notes ?? '' };
  }

  /** Deletes a secret of ours; one that is not is left as it is, and counts as none. @throws RaviError */
  async remove(identity: string, key: string, signal?: AbortSignal): Promise<'deleted' | 'absent'> {
    checkKey(key);
    return await this.#inTurn(identity, key, async () => {
      const known = this.#seen.get(nameOf(identity, key));
      if (known !== undefined && (await this.#delete(identity, key, known, signal))) return 'deleted';
      const row = await this.#find(identity, key, signal);
      return row !== null && this.#isOurs(row.notes ?? '') && (await this.#delete(identity, key, row.uuid, signal))
        ? 'deleted'
        : 'absent';
    });
  }

  /** What an identity's vault holds, by name. @throws RaviError */
  async keys(identity: string, signal?: AbortSignal): Promise<readonly RaviSecretName[]> {
    return await this.#client.list({ path, identity, signal, what: 'Listing the keys in Ravi’s vault' }, nameSchema);
  }

  async #find(identity: string, key: string, signal: AbortSignal | undefined): Promise<Row | null> {
    const what = `Looking for ${key} in Ravi’s vault`;
    const rows = await this.#client.list({ path, query: { key }, identity, signal, what }, rowSchema);
    // A server that ignores the filter sends them all, and the first one would be somebody else's.
    const found = rows.find((row) => row.key.toUpperCase() === key) ?? null;
    if (found === null) this.#seen.delete(nameOf(identity, key));
    else if (this.#isOurs(found.notes ?? '')) this.#seen.set(nameOf(identity, key), found.uuid);
    return found;
  }

  /** False when it was not there. */
  async #delete(identity: string, key: string, uuid: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const what = `Deleting ${key} from Ravi’s vault`;
      await this.#client.send({ method: 'DELETE', path: pathOf(uuid), identity, signal, what });
      return true;
    } catch (error) {
      if (error instanceof RaviError && error.kind === 'not-found') return false;
      throw error;
    } finally {
      this.#seen.delete(nameOf(identity, key));
    }
  }

  async #create(identity: string, key: string, value: Secret, notes: string, signal: AbortSignal | undefined): Promise<string> {
    const body = { key, value: value.reveal(), notes };
    const what = `Storing ${key} in Ravi’s vault`;
    const made = await this.#client.json({ method: 'POST', path, identity, body, hide: [value], signal, what }, nameSchema);
    this.#seen.set(nameOf(identity, key), made.uuid);
    return made.uuid;
  }

  async #inTurn<T>(identity: string, key: string, act: () => Promise<T>): Promise<T> {
    const name = nameOf(identity, key);
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(act, act);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }
}

/** Ravi would turn it into capitals; whether its filter does too is not known, so only what needs no change is sent. */
function checkKey(key: string): void {
  if (!/^[A-Z][A-Z0-9_]*$/.test(key)) {
    throw new RaviError('invalid', `${key} is no key for Ravi’s vault: capital letters, digits and _ only, a letter first.`);
  }
}
