import { describe, expect, it } from 'vitest';
import { instance, service, stateOf } from '../../shared/fixture.ts';
import { footLines } from './services.ts';

const ids = (...services: ReturnType<typeof service>[]): readonly string[] =>
  footLines(stateOf({ services })).map((one) => one.id);

describe('the foot of the side bar', () => {
  it('names each Jean, the vault in use, and GitHub', () => {
    expect(ids(service('ravi', 'ok'), service('vault', 'ok'), service('github', 'ok'))).toEqual(['local', 'ravi', 'github']);
  });

  it('names the local vault where there is no Ravi', () => {
    expect(ids(service('ravi', 'absent'), service('vault', 'ok'), service('github', 'ok'))).toEqual(['local', 'vault', 'github']);
  });

  it('names a local vault in trouble beside Ravi', () => {
    expect(ids(service('ravi', 'ok'), service('vault', 'down'), service('github', 'ok'))).toEqual([
      'local',
      'ravi',
      'vault',
      'github',
    ]);
  });

  it.each([
    ['online', 'ok'],
    ['searching', 'checking'],
    ['absent', 'absent'],
    ['refused', 'down'],
  ] as const)('shows a Jean that is %s as %s', (health, shown) =>
    expect(footLines(stateOf({ instance: instance(health) }))[0]?.health).toBe(shown),
  );
});
