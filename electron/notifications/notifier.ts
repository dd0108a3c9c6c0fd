import type { Channel, Delivery } from './channels.ts';
import type { Notice } from './notice.ts';
import { type RoutingContext, route } from './routing.ts';

/** What became of a notice. `held` and `failed` carry a sentence. */
export type Outcome =
  | { readonly type: 'sent'; readonly channel: Channel['name'] }
  | { readonly type: 'held'; readonly why: string }
  | { readonly type: 'failed'; readonly channel: Channel['name']; readonly why: string };

export interface NotifierOptions {
  readonly channel: Channel;
  /** What counts at this moment: the clock, the pause, and what the person looks at. */
  readonly context: () => Omit<RoutingContext, 'alreadyTold'>;
  /** Records what became of a notice. Not called again for a cause of which the person was told before. */
  readonly onOutcome: (notice: Notice, outcome: Outcome) => void;
}

/** How many causes are remembered, so that nobody is told twice. */
const rememberedAtMost = 500;

/** Tells the person, or says why not. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #told = new Set<string>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async notify(notice: Notice): Promise<Outcome> {
    const { channel, context, onOutcome } = this.#options;
    const decision = route(notice, { ...context(), alreadyTold: (id) => this.#told.has(id) });
    if (decision.send === null) {
      const outcome: Outcome = { type: 'held', why: decision.held };
      if (decision.why === 'told') return outcome;
      // What was held by a pause may be told later, should it happen again; what was seen need not.
      if (decision.why !== 'paused') this.#remember(notice.id);
      onOutcome(notice, outcome);
      return outcome;
    }
    // Before it is sent, so that the same cause is not sent twice meanwhile.
    this.#remember(notice.id);
    const delivery = await channel.send(notice);
    if (!delivery.sent) this.#told.delete(notice.id);
    const outcome = outcomeOf(channel.name, delivery);
    onOutcome(notice, outcome);
    return outcome;
  }

  /** Takes away what is still shown. */
  stop(): void {
    this.#options.channel.close();
  }

  #remember(id: string): void {
    this.#told.add(id);
    for (const oldest of this.#told) {
      if (this.#told.size <= rememberedAtMost) return;
      this.#told.delete(oldest);
    }
  }
}

const outcomeOf = (channel: Channel['name'], delivery: Delivery): Outcome =>
  delivery.sent ? { type: 'sent', channel } : { type: 'failed', channel, why: delivery.why };
