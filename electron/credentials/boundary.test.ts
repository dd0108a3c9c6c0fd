import { describe, expect, it } from 'vitest';
import { crashAt, parseCrashPoint } from './boundary.ts';

describe('a crash on demand', () => {
  it('is at a boundary by its name, at the first passing unless told', () => {
    expect(parseCrashPoint('mint:issued')).toEqual({ boundary: 'mint:issued', passing: 1 });
    expect(parseCrashPoint('serve:recorded:2')).toEqual({ boundary: 'serve:recorded', passing: 2 });
    for (const wrong of ['', 'mint', 'mint:done', 'mint:issued:0', 'mint:issued:x']) {
      expect(() => parseCrashPoint(wrong)).toThrow('There is no boundary');
    }
  });

  it('comes at that passing alone', () => {
    let crashes = 0;
    const pass = crashAt({ boundary: 'store:put', passing: 2 }, () => {
      crashes += 1;
    });
    pass('store:put');
    pass('store:intended');
    expect(crashes).toBe(0);
    pass('store:put');
    pass('store:put');
    expect(crashes).toBe(1);
  });
});
