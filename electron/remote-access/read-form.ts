import type { IncomingMessage } from 'node:http';

const longest = 16_384;

/** The fields of a form that was posted; null for what is none, or is too long. */
export async function readForm(request: IncomingMessage, type: string | undefined): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type ?? '')) return null;
  let text = '';
  try {
    for await (const chunk of request) {
      text += String(chunk);
      if (text.length > longest) return null;
    }
  } catch {
    return null;
  }
  return new URLSearchParams(text);
}
