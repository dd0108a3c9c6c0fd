const longest = 2_000;
const mostLinks = 20;
/** A link in running text; what ends a sentence is not of it. */
const inText = /\bhttps?:\/\/[^\s<>"'`\\^{}|]{1,2000}/gi;

/** Where the links of a message lead that a browser may open, each once. `hrefs` are those of its HTML. */
export function linksIn(text: string, hrefs: readonly string[]): readonly URL[] {
  const written = [...text.slice(0, 200_000).matchAll(inText)].map(([link]) => link.replace(/[.,;:!?)\]]+$/, ''));
  const found = new Map<string, URL>();
  for (const href of [...hrefs, ...written]) {
    const url = webLink(href);
    if (url !== null && !found.has(url.href)) found.set(url.href, url);
    if (found.size === mostLinks) break;
  }
  return [...found.values()];
}

/** Null for what is no page of the web, is endless, or shows another host than it has (`https://github.com@evil.test`). */
function webLink(href: string): URL | null {
  if (href.length > longest || !URL.canParse(href)) return null;
  const url = new URL(href);
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  return web && url.username === '' && url.password === '' && url.hostname !== '' ? url : null;
}
