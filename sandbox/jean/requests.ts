/** What a running turn has asked and nobody has answered yet. */
export class Requests {
  readonly #open = new Map<string, (answer: unknown) => void>();
  #rpcId = 0;

  /** The number of the next Codex request; one count over all sessions. */
  nextRpcId(): number {
    this.#rpcId += 1;
    return this.#rpcId;
  }

  /** Waits for the answer to `key`. @throws the signal's reason when aborted. */
  ask(key: string, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const give = () => {
        this.#open.delete(key);
        reject(signal.reason);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', give, { once: true });
      this.#open.set(key, (answer) => {
        this.#open.delete(key);
        signal.removeEventListener('abort', give);
        resolve(answer);
      });
    });
  }

  /** Answers `key`. @throws when nothing of that key is open. */
  answer(key: string, answer: unknown): void {
    const resolve = this.#open.get(key);
    if (resolve === undefined) throw new Error(`No pending request: ${key}`);
    resolve(answer);
  }
}
