import type { HttpAnswer, HttpRequest } from '../http.ts';

/** Which lists come in pages: documents and CLI disagree, so a client must read both (contract ravi §1). */
export type Paging = 'none' | 'messages' | 'all';

/** Answers lists as bare arrays or in pages. */
export class Lists {
  paging: Paging = 'none';

  /** A list that is a bare array in every document. */
  plain(request: HttpRequest, items: readonly unknown[]): HttpAnswer {
    return { status: 200, body: this.paging === 'all' ? page(request, items) : items };
  }

  /** A list of messages, given newest first. In pages it runs oldest first, as the OpenAPI text says. */
  messages(request: HttpRequest, items: readonly unknown[]): HttpAnswer {
    return { status: 200, body: this.paging === 'none' ? items : page(request, [...items].reverse()) };
  }
}

function page(request: HttpRequest, items: readonly unknown[]): Record<string, unknown> {
  const limit = Math.min(Number(request.query.get('limit') ?? 50), 200);
  const offset = Number(request.query.get('offset') ?? 0);
  const link = (at: number) => {
    const query = new URLSearchParams(request.query);
    query.set('limit', String(limit));
    query.set('offset', String(at));
    return `http://${request.headers.host}${request.path}?${query}`;
  };
  return {
    count: items.length,
    next: offset + limit < items.length ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    results: items.slice(offset, offset + limit),
  };
}

/** Groups by a key, in the order in which the keys come first. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups];
}
