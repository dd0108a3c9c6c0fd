import { Fragment, useMemo } from 'react';
import { keyed } from '../../ui/keyed.ts';
import { type Block, blocksOf, type Span } from './markdown.ts';

function Spans({ spans }: { readonly spans: readonly Span[] }) {
  return keyed(spans, ({ text }) => text).map(({ key, item: { look, text } }) => {
    if (look === 'code') return <code key={key}>{text}</code>;
    return look === 'strong' ? <strong key={key}>{text}</strong> : <Fragment key={key}>{text}</Fragment>;
  });
}

function BlockOf({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      // Below the page's own headings, whatever the plan calls it.
      return (
        <h4 className={`plan-heading-${block.level}`}>
          <Spans spans={block.spans} />
        </h4>
      );
    case 'paragraph':
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {keyed(block.items, ({ mark }) => mark).map(({ key, item: one }) => (
            <li key={key} data-depth={one.depth}>
              <span className="plan-mark">{one.mark}</span>
              <span>
                <Spans spans={one.spans} />
              </span>
            </li>
          ))}
        </ul>
      );
    case 'code':
      return (
        <div>
          {block.info && <p className="plan-info">{block.info}</p>}
          <pre>{block.text}</pre>
        </div>
      );
    case 'rule':
      return <hr />;
    default:
      return block satisfies never;
  }
}

/** A plan, formatted as text: nothing in it is a link, a picture or markup of the page. */
export function PlanText({ markdown }: { readonly markdown: string }) {
  const blocks = useMemo(() => blocksOf(markdown), [markdown]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by the keyboard too
    <section className="plan" aria-label="The plan" tabIndex={0}>
      {keyed(blocks, ({ kind }) => kind).map(({ key, item: block }) => (
        <BlockOf key={key} block={block} />
      ))}
    </section>
  );
}
