import type { Secret } from '../base/secret.ts';

/** What stands in place of a secret. Plain enough to stay the same within JSON, an address or a page. */
export const hidden = '[hidden]';

/** A value shorter than this is found within ordinary text by chance, and replaced as a whole value alone. */
const shortest = 12;

/**
 * Takes Jean's own tokens out of whatever text goes to a client, for every role: as they are, and as JSON within JSON or an address writes
 * them. There can be two at a time, the one that works and the one for after the next start (contract jean §1).
 *
 * What it can't find: a token cut over several chunks of a turn, or written otherwise (reversed, base64) by an agent that was asked to.
 */
export class Veil {
  readonly #marks: readonly (readonly [mark: string, instead: string])[];

  constructor(tokens: readonly Secret[]) {
    const marks = new Map<string, string>();
    for (const token of tokens) {
      for (const form of formsOf(token.reveal())) {
        if (form.length >= shortest) marks.set(form, hidden);
        else if (form.length > 0) {
          marks.set(`"${form}"`, `"${hidden}"`);
          marks.set(`token=${form}`, `token=${hidden}`);
        }
      }
    }
    this.#marks = [...marks].sort(([a], [b]) => b.length - a.length);
  }

  /** The text without tokens; the same string when it holds none, which costs one search for each form. */
  text(text: string): string {
    let result = text;
    for (const [mark, instead] of this.#marks) if (result.includes(mark)) result = result.replaceAll(mark, () => instead);
    return result;
  }

  /** A single value without tokens: as {@link text}, and hidden when it is one. */
  value(value: string): string {
    const whole = `"${value}"`;
    return this.#marks.some(([mark]) => mark === whole) ? hidden : this.text(value);
  }
}

/** A generated token is base64url and has one form; one that a person chose may have several. */
function formsOf(token: string): readonly string[] {
  const once = JSON.stringify(token).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  return [...new Set([token, once, once.replaceAll('/', '\\/'), twice, encodeURIComponent(token)])];
}
