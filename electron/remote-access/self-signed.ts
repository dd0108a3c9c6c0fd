import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { type Certificate, type CertificateSource, readCertificate } from './certificate.ts';

/** Browsers refuse certificates of more than 398 days. */
const lifeMs = 365 * 24 * 60 * 60_000;
const renewBeforeMs = 30 * 24 * 60 * 60_000;
/** A clock that runs behind must not find it "not valid yet". */
const beforeMs = 24 * 60 * 60_000;
const entry = 'remote-access.self-signed';
const kept = z.object({ certificate: z.string(), key: z.string() });

/** What is told when a new one takes the place of an old one: who trusted that one is asked again by their browser. */
export interface Replaced {
  readonly before: string;
  readonly now: string;
  readonly why: 'expiry' | 'names';
}

export interface SelfSignedOptions {
  /** Keeps certificate and key together, so that they can't come apart. */
  readonly secrets: Pick<SecretBox, 'get' | 'put'>;
  readonly now: () => number;
  /** Names and addresses that it has to be for. */
  readonly names: () => readonly string[];
  readonly onReplaced?: (replaced: Replaced) => void;
}

/** A certificate that is made on the spot, for whom nobody vouches: its fingerprint is to be compared. */
export class SelfSignedCertificate implements CertificateSource {
  /** Why no new one could be made, where one is due. */
  trouble: string | null = null;
  readonly #listeners = new Set<(certificate: Certificate) => void>();

  private constructor(
    private readonly options: SelfSignedOptions,
    private certificate: Certificate,
  ) {}

  /** The one that was made before, while it lasts; else a new one. @throws what the secret box says */
  static async open(options: SelfSignedOptions): Promise<SelfSignedCertificate> {
    const certificate = await oneByOne(options, async () => {
      const stored = await load(options);
      return stored !== null && !isDue(stored, options) ? stored : make(options, stored?.names);
    });
    return new SelfSignedCertificate(options, certificate);
  }

  current(): Certificate {
    return this.certificate;
  }

  onChange(listener: (certificate: Certificate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async look(): Promise<void> {
    try {
      await this.renewIfDue();
      this.trouble = null;
    } catch (error) {
      this.trouble = `A new certificate is due and can’t be kept: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Makes a new one when this one is about to expire, or lacks a name. Says whether it did. @throws what the secret box says */
  async renewIfDue(): Promise<boolean> {
    const before = this.certificate;
    if (!isDue(before, this.options)) return false;
    const why = lacks(before, this.options) ? 'names' : 'expiry';
    this.certificate = await oneByOne(this.options, async () => {
      const stored = await load(this.options);
      return stored !== null && !isDue(stored, this.options) ? stored : make(this.options, before.names);
    });
    for (const listener of this.#listeners) listener(this.certificate);
    this.options.onReplaced?.({ before: before.fingerprint, now: this.certificate.fingerprint, why });
    return true;
  }
}

const lacks = (certificate: Certificate, { names }: SelfSignedOptions): boolean => {
  const known = new Set(certificate.names.map(plain));
  return names().some((name) => !known.has(plain(name)));
};

const isDue = (certificate: Certificate, options: SelfSignedOptions): boolean =>
  certificate.validUntil - options.now() < renewBeforeMs || lacks(certificate, options);

/** Deletes certificate and key; the next gateway makes new ones. @throws what the secret box says */
export const forgetSelfSigned = (secrets: Pick<SecretBox, 'delete'>): Promise<void> => secrets.delete(entry);

const last = new WeakMap<object, Promise<unknown>>();

/** The gateways of several Jeans have one certificate: where it is due, the first makes it and the others take it. */
function oneByOne({ secrets }: SelfSignedOptions, act: () => Promise<Certificate>): Promise<Certificate> {
  const next = (last.get(secrets) ?? Promise.resolve()).then(act, act);
  last.set(secrets, next);
  return next;
}

async function load({ secrets, now }: SelfSignedOptions): Promise<Certificate | null> {
  const stored = await secrets.get(entry);
  if (stored === null) return null;
  try {
    const { certificate, key } = kept.parse(JSON.parse(stored.reveal()));
    return readCertificate(certificate, Secret.of(key), now());
  } catch {
    // Expired, or not ours to read: a new one is made.
    return null;
  }
}

/** How many names of before are kept: a notebook that goes from network to network needs no new fingerprint in one that it was in. */
const mostOldNames = 40;

async function make({ secrets, now, names }: SelfSignedOptions, old: readonly string[] = []): Promise<Certificate> {
  const all = [...new Map([...names(), ...old.slice(0, mostOldNames)].map((name) => [plain(name), name])).values()];
  // What makes certificates takes a few MB, and is needed once in a year.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Jean Ravi Companion' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - beforeMs),
    notAfterDate: new Date(now() + lifeMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: all.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  await secrets.put(entry, Secret.of(JSON.stringify({ certificate: made.cert, key: made.private })));
  return readCertificate(made.cert, Secret.of(made.private), now());
}

/** `0:0:0:0:0:0:0:1` of OpenSSL is `::1`. */
function plain(name: string): string {
  return isIP(name) === 6 && URL.canParse(`http://[${name}]`)
    ? new URL(`http://[${name}]`).hostname.slice(1, -1)
    : name.toLowerCase();
}
