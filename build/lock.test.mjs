import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lock } from './lock.mjs';

describe('a lock between two starts', () => {
  let folder;
  let file;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jrc-lock-'));
    file = join(folder, 'runtime.lock');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('lets the second one in when the first is done', async () => {
    const events = [];
    const unlock = await lock(file, () => events.push('the first waits'));
    const second = lock(file, () => events.push('the second waits')).then((done) => {
      events.push('the second is in');
      done();
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    events.push('the first is done');
    unlock();
    await second;
    expect(events).toEqual(['the second waits', 'the first is done', 'the second is in']);
    expect(existsSync(file)).toBe(false);
  });

  it('is not held by a process that died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(file, String(pid));
    const unlock = await lock(file, () => expect.unreachable());
    unlock();
  });
});
