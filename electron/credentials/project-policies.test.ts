import { beforeEach, describe, expect, it } from 'vitest';
import type { ProjectView, StateChange } from '../../shared/model.ts';
import { defaultCredentialSettings, defaultProjectPolicy } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Settings } from '../storage/settings.ts';
import { ProjectPolicies } from './project-policies.ts';

const shop: ProjectView = { id: 'p1', instanceId: 'i', name: 'shop', path: '/shop', repository: 'acme/shop', order: 0 };

describe('what a project gets', () => {
  let settings: Pick<Settings, 'projects' | 'credentials'>;
  let projects: Record<string, ProjectView>;
  let done: string[];
  let shown: StateChange[];
  let audited: AuditInput[];
  let policies: ProjectPolicies;

  beforeEach(() => {
    settings = { projects: {}, credentials: defaultCredentialSettings };
    projects = { p1: shop };
    [done, shown, audited] = [[], [], []];
    policies = new ProjectPolicies({
      settings: {
        get: () => settings,
        update: (change) => {
          settings = { ...settings, ...change };
          return settings;
        },
      },
      projects: () => projects,
      reach: () => ({ coverage: 'covered', grants: { contents: 'write' } }),
      publish: (changes) => shown.push(...changes),
      audit: (entry) => audited.push(entry),
      changed: (id, enabled) => done.push(`${id} ${enabled ? 'replaced' : 'ended'}`),
      allowed: (id) => done.push(`${id} allowed`),
    });
  });

  it('is the safe default until the person decides, also for ids that JavaScript knows', () => {
    expect(policies.of('p1')).toBe(defaultProjectPolicy);
    expect(policies.of('constructor')).toBe(defaultProjectPolicy);
    expect(policies.life()).toEqual({ mintAt: 'creation', lapseAfterMs: null });
  });

  it('is kept, shown with what the App could give, on record, and acted on', () => {
    policies.set('p1', { ...defaultProjectPolicy, profile: 'read', extraRepositories: ['api'] });
    expect(done).toEqual(['p1 replaced']);
    expect(shown).toContainEqual({
      collection: 'policies',
      id: 'p1',
      value: expect.objectContaining({ profile: 'read', coverage: 'covered', grants: { contents: 'write' } }),
    });
    expect(audited).toMatchObject([
      { kind: 'policy.changed', actor: 'person', facts: { project: 'shop', profile: 'read', 'extra repositories': 'api' } },
    ]);
    expect(policies.repositoriesOf({ projectId: 'p1', repository: 'acme/shop' })).toEqual(['acme/shop', 'acme/api']);
  });

  it('touches no credential when nothing was changed', () => {
    policies.set('p1', { ...defaultProjectPolicy });
    policies.setLife({ ...defaultCredentialSettings });
    expect([done, shown, audited]).toEqual([[], [], []]);
  });

  it('ends when it is switched off, and comes back as it was', () => {
    policies.set('p1', { ...defaultProjectPolicy, enabled: false });
    policies.set('p1', defaultProjectPolicy);
    policies.set('p1', { ...defaultProjectPolicy, enabled: false });
    policies.set('p1', { ...defaultProjectPolicy, profile: 'read' });
    expect(done).toEqual(['p1 ended', 'p1 allowed', 'p1 ended', 'p1 allowed', 'p1 replaced']);
  });

  it('is gone from the page with its project, and back with it', () => {
    policies.publish();
    projects = {};
    shown.length = 0;
    policies.publish();
    expect(shown).toContainEqual({ collection: 'policies', id: 'p1', value: null });
    policies.set('p1', { ...defaultProjectPolicy, enabled: false });
    projects = { p1: shop };
    policies.publish();
    expect(shown.at(-2)).toMatchObject({ id: 'p1', value: { enabled: false } });
  });

  it('lets an unused credential sleep after so many hours', () => {
    policies.setLife({ ...defaultCredentialSettings, mintAt: 'first-use', lapseHours: 8 });
    expect(policies.life()).toEqual({ mintAt: 'first-use', lapseAfterMs: 8 * 3_600_000 });
    expect(audited).toMatchObject([{ facts: { made: 'at the first use', sleep: 'after 8 hours without use' } }]);
  });
});
