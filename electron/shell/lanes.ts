import type { Session } from 'electron';

/** What is needed of Electron's `Session`. */
export type LaneSession = Pick<Session, 'fetch' | 'closeAllConnections'>;

/**
 * Sends what must not be sent twice. When a connection that was used before breaks, Chromium sends its request again by itself, a POST
 * too (HttpNetworkTransaction::ShouldResendRequest; measured with Electron 33: GitHub made two tokens, and one was never heard of). It
 * does not on a connection of its own, so each such request gets one: a lane is a session that carries one request at a time, and
 * forgets its connections before the next.
 */
export class Lanes {
  readonly #make: (index: number) => LaneSession;
  readonly #free: LaneSession[] = [];
  #made = 0;

  /** `make` gives a session that nothing else uses. */
  constructor(make: (index: number) => LaneSession) {
    this.#make = make;
  }

  /** As `fetch`; the lane is free again when the answer's body was read, or given up. */
  async fetch(address: string | Request, init?: RequestInit): Promise<Response> {
    const lane = this.#free.pop() ?? this.#make(this.#made++);
    const free = (): void => void this.#free.push(lane);
    try {
      await lane.closeAllConnections();
      const answer = await lane.fetch(address, init);
      if (answer.body === null) {
        free();
        return answer;
      }
      const { status, statusText, headers } = answer;
      return new Response(watched(answer.body, free), { status, statusText, headers });
    } catch (error) {
      free();
      throw error;
    }
  }
}

/** The same stream; `over` is called once when it ended in whatever way. */
function watched(body: ReadableStream<Uint8Array>, over: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      over();
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason);
    },
  });
}
