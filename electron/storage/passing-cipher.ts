import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Cipher } from './secret-box.ts';

/** Encrypts (AES-256-GCM) by a key that is nowhere but in this process: what it keeps is gone with the process. */
export function passingCipher(backend: string): Cipher {
  const key = randomBytes(32);
  return {
    persistent: true,
    backend,
    async encrypt(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    async decrypt(bytes) {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    },
  };
}
