import { describe, expect, it } from 'vitest';
import { nearOnes, rowsAtOnce, stretches } from './near.ts';

describe('a long page', () => {
  it('is cut into stretches that together are all its rows', () => {
    const rows = Array.from({ length: rowsAtOnce * 2 + 3 }, (_, n) => n);
    const cut = stretches(rows);
    expect(cut.map(({ first, rows: some }) => [first, some.length])).toEqual([
      [0, rowsAtOnce],
      [rowsAtOnce, rowsAtOnce],
      [rowsAtOnce * 2, 3],
    ]);
    expect(cut.flatMap((one) => one.rows)).toEqual(rows);
    expect(stretches([])).toEqual([]);
  });

  it('draws what is seen and what is about to be, and nothing far from it', () => {
    const all = Array.from({ length: 10 }, (_, n) => ({ key: `${n}`, top: n * 1_000 - 4_000, bottom: n * 1_000 - 3_000 }));
    expect(nearOnes(all, 0, 700)).toEqual(['3', '4', '5']);
  });

  it('draws a stretch that is higher than the view when both its ends are out of it', () => {
    expect(nearOnes([{ key: 'long', top: -5_000, bottom: 5_000 }], 0, 700)).toEqual(['long']);
  });
});
