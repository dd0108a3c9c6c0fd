import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DiskSync, fileSync } from './disk-sync.ts';

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let closed = false;
  const file = {
    sync: () => new Promise<void>((resolve, reject) => void waiting.push({ resolve, reject })),
    close: async () => {
      closed = true;
    },
  };
  return { sync: new DiskSync(file), waiting, closed: () => closed };
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return done;
};

describe('what is on its way to the disk', () => {
  it('is waited for, and what came in the meantime goes there together', async () => {
    const { sync, waiting } = slowDisk();
    expect(await settled(sync.durable())).toBe(true);
    sync.wrote();
    const first = sync.durable();
    for (let n = 0; n < 50; n += 1) sync.wrote();
    const rest = sync.durable();
    expect(waiting).toHaveLength(1);
    waiting[0]?.resolve();
    expect([await settled(first), await settled(rest)]).toEqual([true, false]);
    expect(waiting).toHaveLength(2);
    waiting[1]?.resolve();
    await rest;
    expect(waiting).toHaveLength(2);
  });

  it('is said not to be there when the disk fails, and tried again by the next who asks', async () => {
    const { sync, waiting } = slowDisk();
    sync.wrote();
    const asked = sync.durable();
    waiting[0]?.reject(new Error('EIO'));
    await expect(asked).rejects.toThrow('EIO');
    const again = sync.durable();
    waiting[1]?.resolve();
    await again;
  });

  it('is let go when the database closes, after the sync under way', async () => {
    const { sync, waiting, closed } = slowDisk();
    sync.wrote();
    const closing = sync.close();
    expect(closed()).toBe(false);
    waiting[0]?.resolve();
    await closing;
    expect(closed()).toBe(true);
    await sync.durable();
  });

  it('is a file’s content, also of a file that comes later', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jr-'));
    const file = fileSync(join(folder, 'log'));
    await expect(file.sync()).rejects.toThrow('ENOENT');
    await writeFile(join(folder, 'log'), 'text');
    await file.sync();
    await file.close();
    await rm(folder, { recursive: true });
  });
});
