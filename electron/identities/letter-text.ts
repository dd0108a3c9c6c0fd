import { Tokenizer } from 'htmlparser2';
import { plainLine } from '../base/plain-line.ts';

/** More of a mail is not looked at, characters. */
const longestSource = 200_000;
/** More is not shown. */
const mostLines = 120;
const longestLine = 600;
const longestText = 6_000;

/** Elements whose content is not for reading. */
const hidden = new Set(['script', 'style', 'title', 'template', 'noscript', 'svg', 'math', 'iframe', 'object']);
const breaking = new Set(
  'address article aside blockquote br center div dd dl dt footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td th thead tr ul'.split(
    ' ',
  ),
);

/** A mail's HTML as text, and where its links lead. */
export interface Letter {
  readonly text: string;
  readonly links: readonly string[];
}

/**
 * Reads HTML as text, without making anything of it: no element is ever built, nothing is fetched. What a browser would not show is left
 * out as far as it is an element of its own; what hides by style stays, and so can fool nobody into clicking. The tokens alone are asked
 * for: the library's parser takes seconds for a mail that nests elements by the ten thousand.
 */
export function letterFrom(html: string): Letter {
  const source = html.slice(0, longestSource);
  const parts: string[] = [];
  const links: string[] = [];
  /** The element whose content is not for reading, and how often it is open. */
  let unseen = { name: '', depth: 0 };
  let tag = '';
  let attribute = '';
  let value: string[] = [];
  const push = (text: string): void => {
    if (unseen.depth === 0) parts.push(text);
  };
  const opened = (): void => {
    if (unseen.depth > 0) unseen = { ...unseen, depth: unseen.depth + (tag === unseen.name ? 1 : 0) };
    else if (hidden.has(tag)) unseen = { name: tag, depth: 1 };
  };
  const tokens = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname: (start, end) => {
        tag = source.slice(start, end).toLowerCase();
        if (breaking.has(tag)) push('\n');
      },
      onattribname: (start, end) => {
        attribute = source.slice(start, end).toLowerCase();
        value = [];
      },
      onattribdata: (start, end) => void value.push(source.slice(start, end)),
      onattribentity: (point) => void value.push(String.fromCodePoint(point)),
      onattribend: () => {
        if (tag === 'a' && attribute === 'href' && unseen.depth === 0) links.push(value.join('').trim());
      },
      onopentagend: opened,
      onselfclosingtag: () => undefined,
      onclosetag: (start, end) => {
        const name = source.slice(start, end).toLowerCase();
        if (name === unseen.name && unseen.depth > 0) unseen = { ...unseen, depth: unseen.depth - 1 };
        else if (breaking.has(name)) push('\n');
      },
      ontext: (start, end) => push(source.slice(start, end)),
      ontextentity: (point) => push(String.fromCodePoint(point)),
      oncdata: () => undefined,
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  );
  tokens.write(source);
  tokens.end();
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
