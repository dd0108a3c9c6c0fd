import type { RemoteRole } from '../../shared/remote-access.ts';
import type { Secret } from '../base/secret.ts';
import { KnownIds } from './known.ts';
import { type Judged, judgeText } from './policy.ts';
import { stripAnswer, stripEventFrame, stripRoute } from './strip.ts';
import { Veil } from './veil.ts';

/**
 * The policy of one instance: what is the same for all, with the ids that this Jean has named and the tokens that it has. It learns ids
 * from what passes, so answers and bodies go through it whole, before anything is taken out.
 */
export class InstancePolicy {
  readonly #known = new KnownIds();
  readonly #tokens: () => readonly Secret[];
  #veil: Veil;
  #veiled: readonly Secret[];

  /**
   * @param tokens Jean's tokens of now: the one that works and, after a rotation, the one for its next start. The same list as long as
   * nothing changed.
   */
  constructor(tokens: () => readonly Secret[]) {
    this.#tokens = tokens;
    this.#veiled = tokens();
    this.#veil = new Veil(this.#veiled);
  }

  /** Judges a text frame as it came, and gives what to send to Jean in its place. */
  judge(role: RemoteRole, text: string): Judged {
    return judgeText(role, text, this.#known);
  }

  /** Takes the ids out of an answer that nobody gets. */
  learn(command: string, data: unknown): void {
    this.#known.learn(command, data);
  }

  /** What the role gets of an answer; of an error's text too. */
  answer(role: RemoteRole, command: string, data: unknown): unknown {
    this.#known.learn(command, data);
    return stripAnswer(role, command, data, this.#now());
  }

  /** What the role gets of an event's frame; null: nothing. */
  event(role: RemoteRole, frame: string): string | null {
    this.#known.learnFrame(frame);
    return stripEventFrame(role, frame, this.#now());
  }

  /** What the role gets of a JSON body. */
  body(role: RemoteRole, path: string, body: unknown): unknown {
    if (path === '/api/init') this.#known.learnInit(body);
    return stripRoute(role, path, body, this.#now());
  }

  /** Any other text without the tokens. */
  text(text: string): string {
    return this.#now().text(text);
  }

  #now(): Veil {
    const tokens = this.#tokens();
    if (tokens !== this.#veiled) {
      this.#veiled = tokens;
      this.#veil = new Veil(tokens);
    }
    return this.#veil;
  }
}
