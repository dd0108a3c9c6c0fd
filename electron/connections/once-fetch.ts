/** What of Electron's `Session` is used: a network of its own, whose connections can be closed. */
export interface OneNetwork {
  fetch(input: string, init?: RequestInit): Promise<Response>;
  closeAllConnections(): Promise<void>;
}

/**
 * A `fetch` that sends a POST once and no more. Chromium sends a request again by itself, a POST too, when a kept-alive connection breaks
 * before an answer came (measured: a mint whose answer is lost became two tokens, one of them known to nobody), so a POST gets a connection
 * that was not used before: there Chromium reports the failure. Anything else goes by the common network.
 */
export function onceFetch(common: typeof fetch, newNetwork: (n: number) => OneNetwork): typeof fetch {
  const idle: OneNetwork[] = [];
  let made = 0;
  return async (input, init) => {
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    if (method !== 'POST' || input instanceof Request) return common(input, init);
    const network = idle.pop() ?? newNetwork(made++);
    let over = false;
    const release = (): void => {
      if (!over) idle.push(network);
      over = true;
    };
    try {
      await network.closeAllConnections();
      return untilRead(await network.fetch(String(input), init), release);
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** The same answer; `done` is called when its body was read, failed, or is not wanted any more. */
function untilRead(response: Response, done: () => void): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    done();
    return response;
  }
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done: ended, value } = await reader.read();
        if (!ended) return controller.enqueue(value);
        done();
        controller.close();
      } catch (error) {
        done();
        controller.error(error);
      }
    },
    async cancel(reason) {
      done();
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
