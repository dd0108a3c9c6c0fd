import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '../base/secret.ts';
import { GitHubError } from './errors.ts';

const signAsync = promisify<string, Buffer, KeyObject, Buffer>(sign);

/** The private key of a GitHub App: it signs, and never gives itself away again. */
export class AppKey {
  readonly #key: KeyObject;
  /** base64(SHA-256(DER public key)), as GitHub shows it beside the key in the app's settings (contract github §3.3). */
  readonly fingerprint: string;

  private constructor(key: KeyObject) {
    this.#key = key;
    const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
    this.fingerprint = createHash('sha256').update(der).digest('base64');
  }

  /** Reads the `.pem` that GitHub made. @throws GitHubError `invalid` with what is wrong with it, and what to do. */
  static read(pem: Secret): AppKey {
    const text = pem.reveal().trim();
    if (/-----BEGIN OPENSSH PRIVATE KEY-----/.test(text)) throw unfit('it is an SSH key');
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) throw unfit('it is protected by a passphrase');
    if (/-----BEGIN (RSA )?PUBLIC KEY-----|-----BEGIN CERTIFICATE-----/.test(text)) throw unfit('it is the public half');
    let key: KeyObject;
    try {
      key = createPrivateKey({ key: text, format: 'pem' });
    } catch {
      // OpenSSL's own words are of no use to the person, and nobody promises that they quote nothing of the key.
      throw unfit('it can’t be read as a PEM file');
    }
    if (key.asymmetricKeyType !== 'rsa') throw unfit(`it is of the type ${key.asymmetricKeyType}, not RSA`);
    return new AppKey(key);
  }

  /**
   * A JWT for the app (contract github §3.3), good for nine minutes.
   * @param issuer the client id, or the app id.
   * @param at epoch ms by GitHub's clock; issued 60 s before that, because clocks drift.
   */
  async jwt(issuer: string, at: number): Promise<Secret> {
    const iat = Math.floor(at / 1000) - 60;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat, exp: iat + 600, iss: issuer })}`;
    const signature = await signAsync('RSA-SHA256', Buffer.from(body), this.#key);
    return Secret.of(`${body}.${signature.toString('base64url')}`);
  }
}

function unfit(why: string): GitHubError {
  return new GitHubError(
    'invalid',
    `This is not the private key of a GitHub App: ${why}. Use the .pem file from the app’s settings page at GitHub.`,
  );
}
