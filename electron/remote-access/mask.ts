import type { Secret } from '../base/secret.ts';

/** A shorter one stands in files by chance. */
const shortest = 12;

/** Something that is filled over wherever it occurs in a stream. */
export class Mask {
  /** What may be the beginning of one. */
  #held: Buffer = Buffer.alloc(0);
  readonly #secrets: readonly Buffer[];
  readonly #longest: number;

  constructor(secrets: readonly Secret[]) {
    this.#secrets = formsOf(secrets).map((form) => Buffer.from(form));
    this.#longest = Math.max(0, ...this.#secrets.map(({ length }) => length));
  }

  /** The bytes that can go on now. Their number in all stays what it was. */
  push(chunk: Buffer): Buffer {
    if (this.#longest === 0) return chunk;
    const all = Buffer.concat([this.#held, chunk]);
    for (const secret of this.#secrets)
      for (let at = all.indexOf(secret); at >= 0; at = all.indexOf(secret, at + secret.length))
        all.fill('*', at, at + secret.length);
    const ready = Math.max(0, all.length - (this.#longest - 1));
    this.#held = all.subarray(ready);
    return all.subarray(0, ready);
  }

  /** The last of it. */
  end(): Buffer {
    return this.#held;
  }
}

/** The text with every one of the secrets filled over. */
export function masked(text: string, secrets: readonly Secret[]): string {
  let result = text;
  for (const form of formsOf(secrets)) if (result.includes(form)) result = result.replaceAll(form, '*'.repeat(form.length));
  return result;
}

let lastForms: { readonly of: readonly Secret[]; readonly forms: readonly string[] } = { of: [], forms: [] };

/** As it is, and as JSON and an address write it. Jean's own are base64url and have one form. */
function formsOf(secrets: readonly Secret[]): readonly string[] {
  if (lastForms.of !== secrets) {
    const forms = secrets
      .map((secret) => secret.reveal())
      .flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]);
    lastForms = { of: secrets, forms: [...new Set(forms)].filter((form) => form.length >= shortest) };
  }
  return lastForms.forms;
}
