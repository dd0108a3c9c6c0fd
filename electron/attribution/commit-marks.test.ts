import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionThen } from '../../shared/attribution.ts';
import { CommitMarks } from './commit-marks.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function marking() {
  const folder = await mkdtemp(join(tmpdir(), 'jr-'));
  folders.push(folder);
  const world = { on: true, sessions: [] as SessionThen[], fingerprint: 'ab+d/f0123456789' as string | null };
  const errors: unknown[] = [];
  const marks = new CommitMarks({
    on: () => world.on,
    hooks: join(folder, 'hooks'),
    file: (worktreeId) => join(folder, worktreeId),
    managed: () => ['w1'],
    sessionsAt: () => world.sessions,
    credentialOf: () => world.fingerprint,
    onError: (error) => errors.push(error),
  });
  const written = async () => {
    await marks.start();
    return await readFile(join(folder, 'w1'), 'utf8').catch(() => null);
  };
  return { world, marks, written, folder, errors };
}

describe('what commits are marked with', () => {
  it('is the one session at work and the credential in force', async () => {
    const { world, written, errors } = await marking();
    expect(await written()).toBe('credential ab-d_f012345\n');
    world.sessions = [{ id: 's1', name: 'One', model: null }];
    expect(await written()).toBe('session s1\ncredential ab-d_f012345\n');
    world.sessions = [...world.sessions, { id: 's2', name: 'Two', model: null }];
    expect(await written()).toBe('credential ab-d_f012345\n');
    world.fingerprint = null;
    expect(await written()).toBeNull();
    expect(errors).toEqual([]);
  });

  it('is nothing while the app is not running, or the person does not want it', async () => {
    const { world, marks, written, folder } = await marking();
    await written();
    expect(await readdir(join(folder, 'hooks'))).toContain('prepare-commit-msg');
    expect(marks.planFor('w1')).toEqual({ hooks: join(folder, 'hooks'), file: join(folder, 'w1') });
    await marks.stop();
    expect(await readdir(folder)).toEqual(['hooks']);
    expect(await written()).not.toBeNull();
    world.on = false;
    expect(await written()).toBeNull();
    expect(marks.planFor('w1')).toBeNull();
  });
});
