/** What came of a call to a control object by name. */
export type ControlCall =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly why: string };

/** Calls the control's method of that name; `a.b` is the method b of its part a. */
export async function callControl(control: object, name: string, args: readonly unknown[]): Promise<ControlCall> {
  let owner: unknown = control;
  const steps = name.split('.');
  for (const step of steps.slice(0, -1)) owner = property(owner, step);
  const method = property(owner, steps.at(-1) ?? '');
  if (typeof method !== 'function') return { kind: 'unknown' };
  try {
    return { kind: 'done', result: await Reflect.apply(method, owner, args) };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

function property(owner: unknown, name: string): unknown {
  if (typeof owner !== 'object' || owner === null || name in Object.prototype) return undefined;
  return Reflect.get(owner, name);
}
