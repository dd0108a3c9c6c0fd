import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import type { RaviClient } from './client.ts';

/** A login that Ravi's password vault keeps for an identity. */
export interface RaviPassword {
  readonly uuid: string;
  /** As Ravi keeps it: the registrable domain. */
  readonly domain: string;
  readonly username: string;
  readonly password: Secret;
}

/** A login to be kept; Ravi would make a password by itself where none is given, and so would nobody know it before. */
export interface PasswordToKeep {
  readonly domain: string;
  readonly username: string;
  readonly password: Secret;
  readonly notes: string;
}

const passwordSchema = z
  .object({ uuid: z.string().min(1), domain: z.string(), username: z.string().nullish(), password: z.string() })
  .transform(
    ({ uuid, domain, username, password }): RaviPassword => ({
      uuid,
      domain,
      username: username ?? '',
      password: Secret.of(password),
    }),
  );

/** Ids go into paths as they are (contract ravi §4). */
const uuid = /^[0-9a-f-]{36}$/i;

/** The password vault of an identity (contract ravi §3.4). Writing has no idempotency key: nothing is retried here. */
export class RaviPasswords {
  readonly #client: RaviClient;
  readonly #identity: string;

  constructor(client: RaviClient, identity: string) {
    this.#client = client;
    this.#identity = identity;
  }

  /** Those of a domain; Ravi has no filter for it, so all of the identity's are read. @throws RaviError */
  async of(domain: string, signal?: AbortSignal): Promise<readonly RaviPassword[]> {
    const request = { path: '/api/passwords/', identity: this.#identity, what: 'Reading the password vault', signal };
    const all = await this.#client.list(request, passwordSchema);
    // Ravi reduces what it is given to the registrable domain.
    return all.filter((one) => one.domain !== '' && `.${domain}`.endsWith(`.${one.domain.toLowerCase()}`));
  }

  /** @throws RaviError */
  async keep({ domain, username, password, notes }: PasswordToKeep, signal?: AbortSignal): Promise<RaviPassword> {
    return await this.#client.json(
      {
        method: 'POST',
        path: '/api/passwords/',
        identity: this.#identity,
        body: { domain, username, password: password.reveal(), notes },
        hide: [password],
        what: 'Storing the password',
        signal,
      },
      passwordSchema,
    );
  }

  /** Changes whose login it is. @throws RaviError */
  async rename(id: string, username: string, signal?: AbortSignal): Promise<void> {
    await this.#client.send({ ...this.#one(id), method: 'PATCH', body: { username }, what: 'Changing the login', signal });
  }

  /** @throws RaviError; `not-found` when it is gone already. */
  async delete(id: string, signal?: AbortSignal): Promise<void> {
    await this.#client.send({ ...this.#one(id), method: 'DELETE', what: 'Deleting the password', signal });
  }

  #one(id: string): { readonly path: string; readonly identity: string } {
    if (!uuid.test(id)) throw new TypeError('That is no uuid of Ravi’s.');
    return { path: `/api/passwords/${id}/`, identity: this.#identity };
  }
}
