import type { Secret } from './base/secret.ts';
import type { JeanAddress } from './remote-access/upstream.ts';

/** Where each Jean answers, and with which token it lets us in, for the gateways. */
export class RemoteJeans {
  readonly #tokens = new Map<string, readonly Secret[]>();

  /** `made`: those that were made anew and may not count yet. */
  constructor(
    private readonly endpoint: (instanceId: string) => JeanAddress | null,
    private readonly made: (instanceId: string) => readonly Secret[],
  ) {}

  /** Whether it is known where it answers: it was connected once. */
  knows(id: string): boolean {
    return this.endpoint(id) !== null;
  }

  /** Where the gateway finds it. One that is not known is where nobody answers, so that the gateway says that Jean is not reachable. */
  address(id: string): JeanAddress {
    const { url, token, certificate } = this.endpoint(id) ?? nowhere;
    return { url, token, certificate };
  }

  /** All tokens of it that are known: nobody may see them. The same list as long as nothing changed. */
  tokens(id: string): readonly Secret[] {
    const token = this.endpoint(id)?.token ?? null;
    const known = this.#tokens.get(id) ?? [];
    const now = [...(token === null ? [] : [token]), ...this.made(id)];
    if (now.every((one) => known.some((other) => other.reveal() === one.reveal()))) return known;
    // Those of before may still be taken, or stand in something that Jean kept.
    const texts = new Set<string>();
    const tokens = [...now, ...known].filter((one) => !texts.has(one.reveal()) && texts.add(one.reveal())).slice(0, mostTokens);
    this.#tokens.set(id, tokens);
    return tokens;
  }
}

const mostTokens = 5;
/** Port 9 is for what is to be thrown away (RFC 863), and nothing listens there. */
const nowhere: JeanAddress = { url: 'http://127.0.0.1:9', token: null };
