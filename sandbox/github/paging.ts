import type { HttpAnswer, HttpRequest } from '../http.ts';

/** One page of a list by `per_page` (30, at most 100) and `page`, with the `Link` header that leads on; `wrap` makes the body. */
export function pageOf<Item>(
  request: HttpRequest,
  items: readonly Item[],
  origin: string,
  wrap: (page: readonly Item[], total: number) => unknown = (page) => page,
): HttpAnswer {
  const size = Math.min(positive(request.query.get('per_page')) ?? 30, 100);
  const page = positive(request.query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(to));
    return `<${origin}${request.path}?${query}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (page > 1) links.push(link(page - 1, 'prev'));
  if (page < last) links.push(link(page + 1, 'next'), link(last, 'last'));
  if (page > 1) links.push(link(1, 'first'));
  return {
    status: 200,
    headers: links.length === 0 ? {} : { link: links.join(', ') },
    body: wrap(items.slice((page - 1) * size, page * size), items.length),
  };
}

function positive(text: string | null): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
