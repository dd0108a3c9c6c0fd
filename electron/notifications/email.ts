import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Telling } from './delivery.ts';

const longest = { subject: 120, line: 300 } as const;
/** How much of an error a mail carries, and of what an agent wrote where it may. */
const few = { lines: 8, characters: 600 } as const;
const many = { lines: 40, characters: 3_000 } as const;
/** Kinds whose detail is an error that Jean, git or GitHub told, and nothing that an agent asked or wanted to do. */
const errors: ReadonlySet<string> = new Set([
  'failed',
  'checks-failed',
  'renewal-failed',
  'credential-refused',
  'orphan-found',
  'instance-lost',
]);

/**
 * A notice as a mail. Ravi takes HTML alone (contract ravi §3.5), so it is HTML that reads the same without its tags. What went wrong is in
 * it by its first lines; what an agent wrote, where `detail` allows it.
 */
export function mailOf(
  telling: Telling,
  options: { readonly detail: boolean; readonly mark: string },
): { readonly subject: string; readonly html: string } {
  const subject = line(telling.title, longest.subject);
  const parts = [`<p><strong>${escaped(subject)}</strong></p>`, `<p>${escaped(line(telling.line, longest.line))}</p>`];
  if (telling.detail && (options.detail || errors.has(telling.kind)))
    parts.push(`<pre>${escaped(firstLines(telling.detail, options.detail))}</pre>`);
  const link = webAddress(telling.link);
  if (link) parts.push(`<p><a href="${escaped(link)}">${escaped(link)}</a></p>`);
  parts.push(`<p>Sent by Jean Ravi Companion on your computer. ${escaped(options.mark)}</p>`);
  return { subject, html: parts.join('\n') };
}

const line = (text: string, max: number): string => plainLine(redact(plainLine(text, Number.POSITIVE_INFINITY)), max);

function firstLines(text: string, all: boolean): string {
  const most = all ? many : few;
  const lines = redact(text)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((one) => plainLine(one, 200))
    .filter((one) => one !== '');
  const kept = lines.slice(0, most.lines).join('\n');
  const cut = [...kept].slice(0, most.characters).join('').trimEnd();
  return lines.length > most.lines || cut.length < kept.length ? `${cut}\n…` : cut;
}

function webAddress(text: string | null | undefined): string | null {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  // Nobody's name and password, and nothing that a mail program would run.
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') return null;
  return redact(url.href);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
