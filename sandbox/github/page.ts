import type { HttpAnswer } from '../http.ts';

/** A page of github.com: a heading and what is under it, as HTML. */
export function page(status: number, title: string, content: string): HttpAnswer {
  const heading = escaped(title);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1>${content}</html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** A text that can stand in HTML, also between quotation marks. */
export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
