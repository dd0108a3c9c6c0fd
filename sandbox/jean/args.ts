/** The arguments of a command: camelCase first, then snake_case; JSON null counts as not given (contract jean §2). */
export class Args {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: unknown) {
    this.#values = typeof values === 'object' && values !== null ? { ...values } : {};
  }

  /** The value under the camelCase name or its snake_case form; undefined when missing or null. */
  value(name: string): unknown {
    return this.#values[name] ?? this.#values[snake(name)] ?? undefined;
  }

  /** True when the field was sent at all, also as null. */
  has(name: string): boolean {
    return name in this.#values || snake(name) in this.#values;
  }

  /** @throws `Missing field: <snake_name>` */
  required(name: string): unknown {
    const value = this.value(name);
    if (value === undefined) throw new Error(`Missing field: ${snake(name)}`);
    return value;
  }

  /** @throws `Missing field: <snake_name>`, or `Invalid field …` when it is no string. */
  string(name: string): string {
    const value = this.required(name);
    if (typeof value !== 'string') throw new Error(`Invalid field ${snake(name)}: invalid type, expected a string`);
    return value;
  }

  optionalString(name: string): string | undefined {
    return this.value(name) === undefined ? undefined : this.string(name);
  }

  number(name: string): number {
    const value = this.required(name);
    if (typeof value !== 'number') throw new Error(`Invalid field ${snake(name)}: invalid type, expected a number`);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    return this.value(name) === undefined ? undefined : this.number(name);
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'boolean') throw new Error(`Invalid field ${snake(name)}: invalid type, expected a boolean`);
    return value;
  }

  array(name: string): unknown[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw new Error(`Invalid field ${snake(name)}: invalid type, expected a sequence`);
    return value;
  }

  /** The field as an object. @throws when it is missing or none. */
  object(name: string): Record<string, unknown> {
    const value = this.required(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`Invalid field ${snake(name)}: invalid type, expected a map`);
    }
    return { ...value };
  }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
