import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { Secret } from '../base/secret.ts';
import type { Served } from './listeners.ts';

/** A certificate that was looked at: it fits its key, and is valid now. */
export interface Certificate extends Served {
  /** SHA-256 in hex with colons, as browsers show it. */
  readonly fingerprint: string;
  /** Epoch ms. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
}

/** Where a gateway has its certificate from. */
export interface CertificateSource {
  current(): Certificate;
  /** What is the matter with it, or will be soon, for the person; null when all is well. */
  readonly trouble: string | null;
  /** Looks whether it has to be another one now; to be called every half a minute. Never throws. */
  look(): Promise<void>;
  /** Another one took its place. */
  onChange(listener: (certificate: Certificate) => void): () => void;
}

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Looks at a certificate with its chain and its key, both PEM.
 * @throws a sentence that says what is wrong and what to do; nothing of the key is in it
 */
export function readCertificate(pem: string, keyPem: Secret, now: number): Certificate {
  const chain = (pem.match(block) ?? []).map(parsed);
  const [leaf, ...above] = chain;
  if (leaf === undefined)
    throw new Error('The certificate file holds no certificate in PEM form (“-----BEGIN CERTIFICATE-----”).');
  const key = readKey(keyPem);
  if (!leaf.checkPrivateKey(key)) {
    const other = above.some((one) => one.checkPrivateKey(key));
    throw new Error(
      other
        ? 'The certificates are in the wrong order: the server’s own has to be the first in the file, and those above it after it.'
        : 'The key does not belong to the certificate. Choose the two files that were made together.',
    );
  }
  for (const [index, issuer] of above.entries()) {
    const below = chain[index];
    if (below !== undefined && !below.checkIssued(issuer))
      throw new Error(
        `Certificate ${index + 2} in the file did not sign the one before it. Use the file with the full chain, in order.`,
      );
  }
  const validFrom = Date.parse(leaf.validFrom);
  const validUntil = Date.parse(leaf.validTo);
  if (now >= validUntil) throw new Error(`The certificate has expired on ${dayOf(validUntil)}. Renew it.`);
  if (now < validFrom) throw new Error(`The certificate is valid from ${dayOf(validFrom)} on. Check the clock of this computer.`);
  if (leaf.ca && above.length === 0 && leaf.subjectAltName === undefined)
    throw new Error('This is the certificate of an authority, not of a server. Use the one that was made for this computer.');
  try {
    createSecureContext({ cert: pem, key: keyPem.reveal() });
  } catch {
    throw new Error('This certificate can’t be used for a server: its key is too short, or of a kind that browsers don’t take.');
  }
  const names = (leaf.subjectAltName ?? '').split(', ').flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
  return { certificate: pem, key: keyPem, fingerprint: leaf.fingerprint256, validFrom, validUntil, names };
}

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error('The certificate file is damaged: a certificate in it can’t be read.');
  }
}

function readKey(pem: Secret) {
  const text = pem.reveal();
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text))
    throw new Error('The key is encrypted with a passphrase. Use a key file without one, readable by you alone.');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new Error('The key file holds no private key in PEM form (“-----BEGIN PRIVATE KEY-----”).');
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error('The key file is damaged: the private key in it can’t be read.');
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Files of the person's. */
export interface CertificateFiles {
  /** Absolute paths. */
  readonly certificate: string;
  readonly key: string;
}

/** Reads both files. @throws a sentence */
async function readFiles(files: CertificateFiles, now: number): Promise<Certificate> {
  const [certificate, key] = await Promise.all([readOne(files.certificate, 'certificate'), readOne(files.key, 'key')]);
  return readCertificate(certificate, Secret.of(key), now);
}

async function readOne(file: string, what: 'certificate' | 'key'): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > 1_048_576) throw new Error(`The ${what} file is too long to be one.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') throw new Error(`The ${what} file ${file} is not there.`);
    if (code === 'EACCES' || code === 'EPERM') throw new Error(`The ${what} file ${file} may not be read by the companion.`);
    if (code === 'EISDIR') throw new Error(`${file} is a folder. Choose the ${what} file in it.`);
    throw error;
  }
}

/**
 * A certificate in files of the person's, read anew when they change, as tools that renew certificates do. When what is there then is wrong,
 * the one before goes on, and `trouble` says why.
 */
export class FileCertificate implements CertificateSource {
  /** Why the files that are there now are not used; null when they are. */
  trouble: string | null = null;
  readonly #listeners = new Set<(certificate: Certificate) => void>();
  #stamp = '';

  private constructor(
    private readonly files: CertificateFiles,
    private readonly now: () => number,
    private kept: Certificate,
  ) {}

  /** @throws a sentence */
  static async open(files: CertificateFiles, now: () => number): Promise<FileCertificate> {
    const stamp = await stampOf(files);
    const opened = new FileCertificate(files, now, await readFiles(files, now()));
    opened.#stamp = stamp;
    return opened;
  }

  /** Reads the files if they have changed. Never throws. */
  async look(): Promise<void> {
    const stamp = await stampOf(this.files);
    if (stamp !== '' && stamp === this.#stamp) return this.#lookAtClock();
    try {
      const next = await readFiles(this.files, this.now());
      this.#stamp = stamp;
      this.trouble = null;
      if (next.fingerprint === this.kept.fingerprint) return this.#lookAtClock();
      this.kept = next;
      for (const listener of this.#listeners) listener(next);
    } catch (error) {
      // One of the two is there and the other is yet to come: it is looked at again.
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }

  current(): Certificate {
    return this.kept;
  }

  onChange(listener: (certificate: Certificate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #lookAtClock(): void {
    const left = this.kept.validUntil - this.now();
    if (left <= 0) this.trouble = `The certificate has expired on ${dayOf(this.kept.validUntil)}. Renew it.`;
    else if (left < expiryWarningMs) this.trouble = `The certificate expires on ${dayOf(this.kept.validUntil)}. Renew it.`;
    else this.trouble = null;
  }
}

const expiryWarningMs = 14 * 24 * 60 * 60_000;

/** Tells whether files have changed; empty when one is missing. */
async function stampOf(files: CertificateFiles): Promise<string> {
  try {
    const stamps = await Promise.all([files.certificate, files.key].map((file) => stat(file, { bigint: true })));
    return stamps.map(({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`).join(' ');
  } catch {
    return '';
  }
}
