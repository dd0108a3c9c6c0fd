import { createHash } from 'node:crypto';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import type { CredentialRecord, Token } from './credential.ts';
import type { CredentialRecords } from './records.ts';
import type { SecretStore, Vaults } from './vault.ts';

export interface TokenValuesOptions {
  readonly records: Pick<CredentialRecords, 'all'>;
  readonly box: SecretStore;
  readonly vaults: Vaults;
}

type Named = Pick<Token, 'worktreeId' | 'generation'>;

const boxPrefix = 'token:';
/** Ids are Jean's; one that the box would not take as a name is told by its hash. */
const boxName = ({ worktreeId, generation }: Named): string => {
  const plain = /^[A-Za-z0-9._-]{1,100}$/.test(worktreeId);
  return `${boxPrefix}${plain ? worktreeId : `sha256:${createHash('sha256').update(worktreeId).digest('hex')}`}:${generation}`;
};

/** Where the values of tokens are on this machine: in the secret box, one entry a token. */
export class TokenValues {
  readonly #o: TokenValuesOptions;

  constructor(options: TokenValuesOptions) {
    this.#o = options;
  }

  put(token: Named, value: Secret): Promise<void> {
    return this.#o.box.put(boxName(token), value);
  }

  get(token: Named): Promise<Secret | null> {
    return this.#o.box.get(boxName(token));
  }

  forget(token: Named): Promise<void> {
    return this.#o.box.delete(boxName(token));
  }

  /** The value from the box; without a lasting box, from the vault when that still holds this very token. */
  async find({ binding, tokens }: CredentialRecord, token: Token): Promise<Secret | null> {
    const boxed = await this.get(token);
    if (boxed) return boxed;
    const newest = tokens.findLast((t) => t.stored);
    if (!binding.vaulted || newest?.generation !== token.generation) return null;
    const vaulted = (await this.#o.vaults.find(binding.vault, binding.vaultIdentity)?.get(binding.vaultKey)) ?? null;
    // Somebody may have written another value there; it is not ours to serve, and its death would not be this token's.
    return vaulted && fingerprintOf(vaulted) === token.fingerprint ? vaulted : null;
  }

  /** Deletes the values of tokens that are dead: a previous run may have ended between burying one and forgetting its value. */
  async sweep(): Promise<void> {
    const wanted = new Set(this.#o.records.all().flatMap((r) => r.tokens.filter((t) => t.phase !== 'dead').map(boxName)));
    for (const name of await this.#o.box.names())
      if (name.startsWith(boxPrefix) && !wanted.has(name)) await this.#o.box.delete(name);
  }
}
