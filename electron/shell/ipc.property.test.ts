import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { Answer, RequestName } from '../../shared/ipc.ts';
import { requests } from '../../shared/ipc.ts';

type Listener = (event: { readonly senderFrame: unknown }, name: unknown, payload: unknown) => Promise<Answer<unknown>>;
const heard = vi.hoisted(() => new Map<string, unknown>());
vi.mock('electron', () => ({
  ipcMain: {
    handle: (channel: string, listener: unknown) => heard.set(channel, listener),
    removeHandler: (channel: string) => heard.delete(channel),
  },
  app: {},
  protocol: {},
}));
const { answerPage } = await import('./ipc.ts');

const names = Object.keys(requests) as RequestName[];
const page = { parent: null, origin: 'app://companion' };
let asked: unknown[] = [];
let stop: () => void;
beforeAll(() => {
  const handlers = Object.fromEntries(names.map((name) => [name, (request: unknown) => void asked.push(request)]));
  stop = answerPage(handlers as unknown as Parameters<typeof answerPage>[0], () => undefined);
});
afterAll(() => stop());

function ask(name: unknown, payload: unknown, frame: unknown = page): Promise<Answer<unknown>> {
  asked = [];
  return (heard.get('companion:request') as Listener)({ senderFrame: frame }, name, payload);
}

/** Every name of a field in the contract, with those that reach for prototypes. */
const fields = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'then', 'toJSON']);
const visit = (schema: z.ZodType, seen = new Set<z.ZodType>()): void => {
  if (seen.has(schema)) return;
  seen.add(schema);
  const def = schema._zod.def as unknown as Readonly<Record<string, unknown>>;
  if (def.shape) for (const name of Object.keys(def.shape)) fields.add(name);
  const inner = [
    def.innerType,
    def.in,
    def.element,
    def.valueType,
    ...Object.values(def.shape ?? {}),
    ...((def.options ?? []) as []),
  ];
  for (const one of inner) if (typeof one === 'object' && one !== null && '_zod' in one) visit(one as z.ZodType, seen);
};
for (const name of names) visit(requests[name].request);

/** What a page that was taken over could send: structured clones of anything, in the shapes of the contract above all. */
const hostile = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      1e21,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      'w1',
      'local',
      'shop',
    ),
    fc.constantFrom(
      'file:///etc/passwd',
      'javascript:alert(1)',
      '../../secrets.json',
      'x'.repeat(100_000),
      '\u202e',
      '\u0000',
      '\ud800',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(fc.constantFrom(...fields), tie('value')), { maxLength: 8 })
    // As own fields: an assignment to `__proto__` would only change who the parent is.
    .map((entries) => Object.fromEntries(entries)),
}));

describe('whatever a page that was taken over sends', () => {
  it.each(names)('%s reaches main only as the contract has it, and changes nobody else', async (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile.object, hostile.value), async (payload) => {
        const answer = await ask(name, payload);
        const read = requests[name].request.safeParse(payload);
        if (!read.success) {
          expect(answer).toMatchObject({ ok: false, error: { code: 'invalid', retryable: false } });
          expect(asked).toEqual([]);
          return;
        }
        expect(asked).toEqual([read.data]);
        for (const one of asked) expect(foreignIn(one)).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('under no name of its own making', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile.value, fc.constantFrom(...fields)), hostile.value, async (name, payload) => {
        fc.pre(typeof name !== 'string' || !names.includes(name as RequestName));
        expect(await ask(name, payload)).toMatchObject({ ok: false, error: { code: 'unknown-request' } });
        expect(asked).toEqual([]);
      }),
    );
  });

  it('and from no other place than our own page', async () => {
    const origin = fc.oneof(
      fc.constantFrom(
        'null',
        '',
        'file://',
        'app://',
        'app://companion/',
        'app://companion:80',
        'app://companion.evil',
        'APP://companion',
      ),
      fc.webUrl(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(origin, fc.constantFrom(...names), fc.boolean(), async (from, name, inside) => {
        fc.pre(inside || from !== page.origin);
        const frame = { parent: inside ? page : null, origin: inside ? page.origin : from };
        expect(await ask(name, undefined, frame)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
        expect(asked).toEqual([]);
      }),
    );
  });
});

/** Objects that are more than plain data, wherever in what main was handed. */
function foreignIn(value: unknown): readonly string[] {
  if (typeof value === 'function') return ['a function'];
  if (typeof value !== 'object' || value === null) return [];
  const parent: unknown = Object.getPrototypeOf(value);
  if (parent !== Object.prototype && parent !== Array.prototype && parent !== null) return [String(parent)];
  return Object.values(value).flatMap(foreignIn);
}
