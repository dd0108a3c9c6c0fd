import type { Secret } from '../base/secret.ts';
import type { VaultKind } from './place.ts';

/** Where a credential's value is kept for its owner to see: Ravi's vault, or the local one. Keys are ours alone. */
export interface Vault {
  readonly kind: VaultKind;
  /** Ravi's identity uuid; empty where a vault has none. */
  readonly identity: string;
  /** "Ravi's vault": how a sentence names it. */
  readonly label: string;
  /** @throws an error that {@link isForeign} where something that is not ours lies under that key; it is left as it is. */
  put(key: string, value: Secret, note: string): Promise<void>;
  get(key: string): Promise<Secret | null>;
  /** Resolves too when nothing of ours was there. */
  remove(key: string): Promise<void>;
}

/** Whether a vault refused a key because it is somebody else's. */
export const isForeign = (error: unknown): boolean => (Object(error) as { readonly kind?: unknown }).kind === 'foreign';

/** The vaults that can be reached now. */
export interface Vaults {
  /** Where new credentials go. */
  current(): Vault;
  /** The vault that holds an entry made earlier, or null when the person has disconnected it. */
  find(kind: VaultKind, identity: string): Vault | null;
}

/** What of the secret box a vault needs. */
export interface SecretStore {
  put(name: string, value: Secret): Promise<void>;
  get(name: string): Promise<Secret | null>;
  delete(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** The vault on this machine: entries of the secret box, on disk only where the system's key store is real. */
export function localVault(box: SecretStore, persistent: boolean): Vault {
  const name = (key: string): string => `vault:${key}`;
  return {
    kind: persistent ? 'local' : 'memory',
    identity: '',
    label: persistent ? 'the encrypted vault on this machine' : 'memory',
    put: (key, value) => box.put(name(key), value),
    get: (key) => box.get(name(key)),
    remove: (key) => box.delete(name(key)),
  };
}
