import { plainLine } from '../base/plain-line.ts';

/** More of a mail is not looked at, characters. */
const longestSource = 200_000;
/** More is not shown. */
const mostLines = 120;
const longestLine = 600;
const longestText = 6_000;

/** Elements whose content is not for reading. */
const hidden = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg', 'math', 'iframe', 'object']);
const breaking = new Set(
  'address article aside blockquote br center div dd dl dt footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td th thead tr ul'.split(
    ' ',
  ),
);
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  zwnj: '',
  zwj: '',
  shy: '',
};

/** A mail's HTML as text, and where its links lead. */
export interface Letter {
  readonly text: string;
  readonly links: readonly string[];
}

/**
 * Reads HTML as text, in one pass and without making anything of it: no element is ever built, nothing is fetched. What a browser would
 * not show is left out as far as it is an element of its own; what hides by style stays, and so can fool nobody into clicking.
 */
export function letterFrom(html: string): Letter {
  const source = html.slice(0, longestSource);
  const parts: string[] = [];
  const links: string[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<', at);
    if (open < 0) {
      parts.push(decoded(source.slice(at)));
      break;
    }
    parts.push(decoded(source.slice(at, open)));
    if (source.startsWith('<!--', open)) {
      at = after(source, '-->', open + 4);
      continue;
    }
    const tag = /^<(\/?)([A-Za-z][A-Za-z0-9]*)/.exec(source.slice(open, open + 40));
    if (tag === null && source[open + 1] !== '!' && source[open + 1] !== '?' && source[open + 1] !== '/') {
      // A lone "<" is text.
      parts.push('<');
      at = open + 1;
      continue;
    }
    at = after(source, '>', open);
    const name = tag?.[2]?.toLowerCase() ?? '';
    if (breaking.has(name)) parts.push('\n');
    if (tag?.[1] !== '') continue;
    if (hidden.has(name)) at = afterElement(source, name, at);
    else if (name === 'a') {
      const href = hrefIn(source.slice(open, Math.min(at, open + 4_000)));
      if (href !== null) links.push(href);
    }
  }
  return { text: parts.join(''), links };
}

/** Text from outside as lines that can be shown as they are: no control or format characters, nothing endless. */
export function harmlessText(text: string): { readonly text: string; readonly cut: boolean } {
  const source = text.slice(0, longestSource).replace(/\p{Cf}+/gu, '');
  const lines = source.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).map((line) => plainLine(line, longestLine));
  const kept = lines.filter((line, nth) => line !== '' || (nth > 0 && lines[nth - 1] !== ''));
  const some = kept.slice(0, mostLines).join('\n').trim();
  const shown = some.length > longestText ? some.slice(0, longestText).replace(/[\ud800-\udbff]$/, '') : some;
  const cut = kept.length > mostLines || shown.length < some.length || text.length > longestSource;
  return { text: shown, cut: cut || lines.some((line) => line.endsWith('…') && [...line].length === longestLine) };
}

/** A line from outside: a sender, a subject. */
export const harmlessLine = (text: string, max: number): string => plainLine(text.slice(0, 4_000).replace(/\p{Cf}+/gu, ''), max);

const after = (source: string, what: string, from: number): number => {
  const at = source.indexOf(what, from);
  return at < 0 ? source.length : at + what.length;
};

/** Where an element's end tag ends; one that never ends hides all the rest, as in a browser. */
function afterElement(source: string, name: string, from: number): number {
  const end = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  end.lastIndex = from;
  const found = end.exec(source);
  return found === null ? source.length : after(source, '>', found.index);
}

function hrefIn(tag: string): string | null {
  const found = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag);
  return found === null ? null : decoded(found[1] ?? found[2] ?? found[3] ?? '').trim();
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name: string | undefined) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });
}
