import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import type { SecretBox } from '../storage/secret-box.ts';

/** A secret as a field of something that is kept. */
export const secretField = z
  .string()
  .min(1)
  .transform((value) => Secret.of(value));

/** One thing a project, secrets included, in the secret box and in memory. What is read of it costs nothing. */
export class KeptByProject<T> {
  readonly #prefix: string;
  readonly #schema: z.ZodType<T>;
  readonly #box: SecretBox;
  readonly #held = new Map<string, T>();

  constructor(options: { readonly prefix: string; readonly schema: z.ZodType<T>; readonly box: SecretBox }) {
    this.#prefix = `${options.prefix}:`;
    this.#schema = options.schema;
    this.#box = options.box;
  }

  /** Reads what earlier runs kept; `onUnreadable` hears of each project whose entry can't be read, which is left as it is. */
  async load(onUnreadable: (projectId: string) => void): Promise<void> {
    for (const name of await this.#box.names()) {
      if (!name.startsWith(this.#prefix)) continue;
      const projectId = name.slice(this.#prefix.length);
      try {
        const value = await this.#box.get(name);
        if (value !== null) this.#held.set(projectId, this.#schema.parse(JSON.parse(value.reveal())));
      } catch {
        // Not the error itself: it could quote what was read.
        onUnreadable(projectId);
      }
    }
  }

  get(projectId: string): T | null {
    return this.#held.get(projectId) ?? null;
  }

  all(): readonly (readonly [string, T])[] {
    return [...this.#held];
  }

  /** On the disk when it resolves, in one write: the old value is there until the new one is. */
  async put(projectId: string, value: T): Promise<void> {
    await this.#box.put(this.#prefix + projectId, Secret.of(JSON.stringify(value, opened)));
    this.#held.set(projectId, value);
  }

  async delete(projectId: string): Promise<void> {
    await this.#box.delete(this.#prefix + projectId);
    this.#held.delete(projectId);
  }
}

/** Opens the secrets: what is written goes into the secret box alone. A field that has `toJSON` arrives here printed, hence the holder. */
function opened(this: Readonly<Record<string, unknown>>, key: string, printed: unknown): unknown {
  const field = this[key];
  return field instanceof Secret ? field.reveal() : printed;
}
