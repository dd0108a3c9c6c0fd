import { inspect } from 'node:util';

const printed = '[secret]';

/**
 * A value that must never be printed: strings, JSON, templates and `util.inspect` all show `[secret]`.
 * Only the adapter that hands it to the outside (an HTTP header, git's answer, the vault) calls {@link Secret.reveal}.
 */
export class Secret<T extends string = string> {
  readonly #value: T;

  private constructor(value: T) {
    this.#value = value;
  }

  static of<T extends string>(value: T): Secret<T> {
    return new Secret(value);
  }

  /** The bare value. Callers are the adapters of the outside systems and nobody else. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return printed;
  }

  toJSON(): string {
    return printed;
  }

  [inspect.custom](): string {
    return printed;
  }

  get [Symbol.toStringTag](): string {
    return 'Secret';
  }
}
