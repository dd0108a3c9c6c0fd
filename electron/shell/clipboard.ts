import { clipboard } from 'electron';
import { Secret } from '../base/secret.ts';

/** A secret that was copied is longer than this by mistake only. */
const longest = 10_000;

/**
 * Gives a secret that the person has copied to `take`, and clears the clipboard once it was taken, unless something else is there by
 * then: so it never passes the page. @throws what `take` throws; the clipboard is left as it is then
 */
export async function takeFromClipboard<T>(take: (secret: Secret) => Promise<T>): Promise<T> {
  const text = await clipboard.readText();
  if (text.length > longest) throw new Error('What was copied is too long for a token.');
  const taken = await take(Secret.of(text.trim()));
  if ((await clipboard.readText()) === text) clipboard.clear();
  return taken;
}

/** Puts a secret where the person can paste it, and takes it away again after a while, unless something else is there by then. */
export async function lendToClipboard(secret: Secret, forMs: number): Promise<void> {
  const text = secret.reveal();
  clipboard.writeText(text);
  setTimeout(() => {
    void Promise.resolve(clipboard.readText()).then((now) => {
      if (now === text) clipboard.clear();
    });
  }, forMs).unref();
}
