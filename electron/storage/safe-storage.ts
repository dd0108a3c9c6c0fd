import type { Cipher } from './secret-box.ts';

/** What we use of Electron's `safeStorage`; the asynchronous half exists in newer versions only (there in 45, not in 33). */
export interface SafeStorageLike {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(bytes: Buffer): string;
  getSelectedStorageBackend?(): string;
  isAsyncEncryptionAvailable?(): Promise<boolean>;
  encryptStringAsync?(text: string): Promise<Buffer>;
  decryptStringAsync?(bytes: Buffer): Promise<{ readonly result: string }>;
}

/**
 * A cipher of the system's own key store. Call it after the app's `ready`: before that Electron answers `unknown` and "not available".
 * On Linux without a keyring Electron falls back to `basic_text`, a password that is the same on every machine; that is no protection, so
 * such a cipher says that it is not persistent (issue "safeStorage", Electron docs `getSelectedStorageBackend`).
 */
export async function safeStorageCipher(safeStorage: SafeStorageLike, platform: NodeJS.Platform): Promise<Cipher> {
  const backend = backendOf(safeStorage, platform);
  const protects = platform !== 'linux' || (backend !== 'basic_text' && backend !== 'unknown');
  const { encryptStringAsync, decryptStringAsync } = safeStorage;
  if (protects && encryptStringAsync && decryptStringAsync && (await safeStorage.isAsyncEncryptionAvailable?.())) {
    return {
      persistent: true,
      backend,
      encrypt: (text) => encryptStringAsync.call(safeStorage, text),
      decrypt: async (bytes) => (await decryptStringAsync.call(safeStorage, bytes)).result,
    };
  }
  if (protects && safeStorage.isEncryptionAvailable()) {
    return {
      persistent: true,
      backend,
      encrypt: async (text) => safeStorage.encryptString(text),
      decrypt: async (bytes) => safeStorage.decryptString(bytes),
    };
  }
  return { persistent: false, backend, encrypt: () => refuse(backend), decrypt: () => refuse(backend) };
}

function backendOf(safeStorage: SafeStorageLike, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'keychain';
  if (platform === 'win32') return 'dpapi';
  return safeStorage.getSelectedStorageBackend?.() ?? 'unknown';
}

const refuse = (backend: string): Promise<never> =>
  Promise.reject(new Error(`The key store "${backend}" does not protect anything.`));
