import type { HttpAnswer } from '../http.ts';

const style =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}form{margin:1rem 0}label{display:block;margin:.4rem 0}';

/** A page of github.com: its heading and what stands below, which is HTML already. */
export function page(status: number, title: string, content: string, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  const heading = escaped(title);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><style>${style}</style><main><h1>${heading}</h1>${content}</main></html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body };
}

/** Says in a page of that title why something did not work. */
export const refusal = (status: number, title: string, error: unknown): HttpAnswer =>
  page(status, title, `<p role="alert">${escaped(error instanceof Error ? error.message : String(error))}</p>`);

export const notFound = (): HttpAnswer => page(404, 'Not found', '<p>This is not the web page you are looking for.</p>');

/** Text as it may stand in HTML, also in a quoted attribute. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
