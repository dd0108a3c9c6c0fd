/** A piece of a line: plain words, words that stand out, or code. */
export interface Span {
  readonly look: 'plain' | 'strong' | 'code';
  readonly text: string;
}

/** A part of a plan as it is shown. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Item[] }
  /** `info` is what stands behind its fence: a language, or anything else. */
  | { readonly kind: 'code'; readonly info: string; readonly text: string }
  | { readonly kind: 'rule' };

interface Item {
  /** How far it is indented, 0 to 4. */
  readonly depth: number;
  /** "3." or "•", or the box of a task. */
  readonly mark: string;
  readonly spans: readonly Span[];
}

const fence = /^\s*(`{3,}|~{3,})/;
const heading = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const item = /^(\s*)([-*+]|\d{1,4}[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const rule = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;

/**
 * A plan's Markdown as blocks of text. Only what makes a plan readable is understood; all else stays in it as it was written,
 * links, pictures and HTML too, so that nothing is hidden, loaded or run.
 */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', spans: spansOf(paragraph.join('\n')) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const open = fence.exec(line)?.[1];
    if (open !== undefined) {
      endParagraph();
      const rest = lines.slice(at + 1);
      const close = rest.findIndex((other) => other.trim().startsWith(open) && other.trim().replaceAll(open[0] ?? '', '') === '');
      const code = close < 0 ? rest : rest.slice(0, close);
      const info = line.trim().slice(open.length).trim();
      blocks.push({ kind: 'code', info, text: code.join('\n') });
      at += close < 0 ? rest.length : close + 1;
      continue;
    }
    const title = heading.exec(line);
    if (title?.[1] !== undefined) {
      endParagraph();
      const level = Math.min(title[1].length, 3) as 1 | 2 | 3;
      blocks.push({ kind: 'heading', level, spans: spansOf(title[2] ?? '') });
    } else if (rule.test(line)) {
      endParagraph();
      blocks.push({ kind: 'rule' });
    } else if (item.test(line)) {
      endParagraph();
      addItem(blocks, line);
    } else if (line.trim() === '') endParagraph();
    else if (/^\s{2,}/.test(line) && paragraph.length === 0 && continues(blocks, line)) continue;
    else paragraph.push(line);
  }
  endParagraph();
  return blocks;
}

function addItem(blocks: Block[], line: string): void {
  const [, indent = '', sign = '', box, text = ''] = item.exec(line) ?? [];
  const numbered = /\d/.test(sign);
  const mark = box === undefined ? (numbered ? sign : '•') : box === ' ' ? '☐' : '☑';
  const depth = Math.min(4, Math.floor(indent.replaceAll('\t', '    ').length / 2));
  const one: Item = { depth, mark, spans: spansOf(text) };
  const last = blocks.at(-1);
  if (last?.kind === 'list' && (depth > 0 || last.ordered === numbered))
    blocks.splice(-1, 1, { ...last, items: [...last.items, one] });
  else blocks.push({ kind: 'list', ordered: numbered, items: [one] });
}

/** A further line of the item before it; false when there is none. */
function continues(blocks: Block[], line: string): boolean {
  const list = blocks.at(-1);
  const last = list?.kind === 'list' ? list.items.at(-1) : undefined;
  if (list?.kind !== 'list' || last === undefined) return false;
  const spans = [...last.spans, ...spansOf(`\n${line.trim()}`)];
  blocks.splice(-1, 1, { ...list, items: [...list.items.slice(0, -1), { ...last, spans }] });
  return true;
}

const marks = /(`+)(.+?)\1(?!`)|(\*\*|__)(?=\S)(.+?)\3/gs;

function spansOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(marks)) {
    if (match.index > from) spans.push({ look: 'plain', text: text.slice(from, match.index) });
    spans.push(match[2] === undefined ? { look: 'strong', text: match[4] ?? '' } : { look: 'code', text: match[2] });
    from = match.index + match[0].length;
  }
  if (from < text.length) spans.push({ look: 'plain', text: text.slice(from) });
  return spans;
}
