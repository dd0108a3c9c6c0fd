import { describe, expect, it } from 'vitest';
import { type Block, blocksOf } from './markdown.ts';

const textOf = (block: Block): string =>
  'spans' in block
    ? block.spans.map(({ text }) => text).join('')
    : block.kind === 'list'
      ? block.items.map(({ mark, spans }) => `${mark} ${spans.map(({ text }) => text).join('')}`).join('\n')
      : block.kind === 'code'
        ? `${block.info} ${block.text}`
        : '—';

describe('a plan', () => {
  it('is shown by its headings, lists, code and words that stand out', () => {
    const plan = [
      '# Plan',
      'First **this**, then `that`.',
      '',
      '1. Read `a.ts`',
      '   and its test',
      '   - [x] done',
      '2. Write',
      '',
      '```ts',
      'const a = 1;',
      '```',
      '---',
      'End',
    ].join('\n');
    expect(blocksOf(plan)).toEqual([
      { kind: 'heading', level: 1, spans: [{ look: 'plain', text: 'Plan' }] },
      {
        kind: 'paragraph',
        spans: [
          { look: 'plain', text: 'First ' },
          { look: 'strong', text: 'this' },
          { look: 'plain', text: ', then ' },
          { look: 'code', text: 'that' },
          { look: 'plain', text: '.' },
        ],
      },
      {
        kind: 'list',
        ordered: true,
        items: [
          {
            depth: 0,
            mark: '1.',
            spans: [
              { look: 'plain', text: 'Read ' },
              { look: 'code', text: 'a.ts' },
              { look: 'plain', text: '\nand its test' },
            ],
          },
          { depth: 1, mark: '☑', spans: [{ look: 'plain', text: 'done' }] },
          { depth: 0, mark: '2.', spans: [{ look: 'plain', text: 'Write' }] },
        ],
      },
      { kind: 'code', info: 'ts', text: 'const a = 1;' },
      { kind: 'rule' },
      { kind: 'paragraph', spans: [{ look: 'plain', text: 'End' }] },
    ]);
  });

  it.each([
    '<img src="https://a.b/c.png" onerror="alert(1)"> and <!-- rm -rf / -->',
    '![shot](https://a.b/c.png) [docs](javascript:alert(1))',
    '| a | b |\n| - | - |',
    '```sh\nrm -rf /',
    '> quoted\n> twice',
  ])('hides nothing of what it does not understand: %s', (plan) => {
    const words = plan
      .replace(/^```/gm, '')
      .split(/\s+/)
      .filter((word) => word !== '');
    const shown = blocksOf(plan).map(textOf).join('\n');
    for (const word of words) expect(shown).toContain(word);
  });
});
