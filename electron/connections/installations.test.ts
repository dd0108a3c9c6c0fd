import { describe, expect, it } from 'vitest';
import type { StateChange } from '../../shared/model.ts';
import type { Installation } from '../github/app.ts';
import { Installations } from './installations.ts';

const granted = { contents: 'write', pull_requests: 'write', issues: 'write', checks: 'read', statuses: 'read', actions: 'read' };

const at = (account: string, change: Partial<Installation> = {}): Installation => ({
  id: account.length,
  account,
  permissions: granted,
  suspended: false,
  repositorySelection: 'all',
  ...change,
});

/** A GitHub where the App is installed like this; `chosen` are the repositories that the selected ones cover. */
function github(installed: Installation[], chosen: string[] = []) {
  const asked: string[] = [];
  const changes: StateChange[] = [];
  const source = {
    connected: true,
    installed,
    installations: async () => source.installed,
    installationFor: async (repository: string) => {
      asked.push(repository);
      return chosen.includes(repository) ? (installed[0] ?? null) : null;
    },
  };
  return { source, asked, changes, own: new Installations({ source, publish: (more) => changes.push(...more) }) };
}

describe('the installations of the GitHub App', () => {
  it('say which projects they cover, and why others are not', async () => {
    const { own, asked } = github(
      [at('acme', { repositorySelection: 'selected' }), at('dana'), at('big-co', { suspended: true })],
      ['acme/shop'],
    );
    await own.refresh(['Acme/Shop', 'acme/api', 'dana/dots', 'big-co/app', 'elsewhere/lib']);
    expect(['acme/shop', 'acme/api', 'dana/dots', 'big-co/app', 'elsewhere/lib'].map((one) => own.reachOf(one).coverage)).toEqual(
      ['covered', 'not-chosen', 'covered', 'suspended', 'not-installed'],
    );
    expect(own.reachOf('acme/shop').grants).toEqual(granted);
    expect(own.reachOf('never/asked').coverage).toBe('unknown');
    expect(asked).toEqual(['acme/shop', 'acme/api']);
  });

  it('are shown with what they do not grant, and are gone from the page when they are gone at GitHub', async () => {
    const { own, source, changes } = github([at('acme', { permissions: { contents: 'read' } })]);
    expect(await own.refresh(['acme/shop'])).toBe(true);
    expect(changes).toMatchObject([
      {
        id: '4',
        value: { account: 'acme', selection: 'all', suspended: false, missing: expect.arrayContaining(['contents: write']) },
      },
    ]);
    expect(await own.refresh(['acme/shop'])).toBe(false);
    source.installed = [];
    expect(await own.refresh(['acme/shop'])).toBe(true);
    expect(changes.at(-1)).toEqual({ collection: 'installations', id: '4', value: null });
  });

  it('are none, without a question, while no App is connected', async () => {
    const { own, source } = github([at('acme')]);
    source.connected = false;
    await own.refresh(['acme/shop']);
    expect(own.reachOf('acme/shop').coverage).toBe('unknown');
  });
});
