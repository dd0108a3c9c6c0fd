import { z } from 'zod';

const address = z.url({ protocol: /^https?$/ });

/** An address as typed: null where it is empty, an error sentence where it is none. */
export function addressOf(
  text: string,
): { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly wrong: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: true, value: null };
  return address.safeParse(trimmed).success
    ? { ok: true, value: trimmed }
    : { ok: false, wrong: 'This is no web address. It begins with https://' };
}
