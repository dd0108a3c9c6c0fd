import type { ServiceView } from '../../shared/model.ts';
import type { SecretBox } from '../storage/secret-box.ts';

/** The local vault in words. `since`: epoch ms. */
export function vaultView({ persistent, backend }: Pick<SecretBox, 'persistent' | 'backend'>, since: number): ServiceView {
  return {
    id: 'vault',
    health: persistent ? 'ok' : 'warning',
    title: persistent ? 'Local vault' : 'Local vault, in memory only',
    message: persistent
      ? `Keys on this machine are encrypted by the system (${backend}).`
      : 'This system has no key store, so keys are kept in memory and are gone when the app quits. Install GNOME Keyring or KWallet to keep them.',
    facts: { 'Key store': backend },
    login: null,
    since,
  };
}
