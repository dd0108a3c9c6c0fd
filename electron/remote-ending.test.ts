import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Secret } from './base/secret.ts';
import { GrantsFixture, wish } from './remote-access/fixture.ts';
import { SelfSignedCertificate } from './remote-access/self-signed.ts';
import { RemoteEnding } from './remote-ending.ts';

let fixture: GrantsFixture;
let kept: Map<string, Secret>;
let watched: string[];
let tokens: Map<string, string | null>;
let logged: string[];
let ending: RemoteEnding;

beforeEach(() => {
  fixture = new GrantsFixture();
  kept = new Map();
  watched = ['local', 'server'];
  tokens = new Map();
  logged = [];
  ending = new RemoteEnding({
    grants: fixture.grants,
    tokens: {
      ids: () => [...tokens.keys()],
      forget: async (id) => {
        const why = tokens.get(id);
        if (why) throw new Error(why);
        tokens.delete(id);
      },
    },
    box: { delete: async (name) => void kept.delete(name) },
    isWatched: (id) => watched.includes(id),
    log: (message) => logged.push(message),
  });
});
afterEach(() => fixture.grants.stop());

const grant = (instanceIds: string[]): string => fixture.grants.create(wish({ instanceIds })).grant.id;
const standings = () => Object.fromEntries(fixture.grants.views().map(({ id, standing }) => [id, standing]));

it('a Jean that is watched no more takes its grants and its token with it, and no others', async () => {
  const [here, both, there] = [grant(['local']), grant(['local', 'server']), grant(['server'])];
  tokens.set('local', null).set('server', null);
  watched = ['server'];
  await ending.forgetJean('local');
  expect(standings()).toEqual({ [here]: 'revoked', [both]: 'active', [there]: 'active' });
  expect([...tokens.keys()]).toEqual(['server']);
});

it('a token whose vault was away is taken out when it is back; one that is wanted stays', async () => {
  tokens.set('gone', 'The vault is not connected now.').set('apart', null).set('local', null);
  watched = ['local', 'apart'];
  await ending.forgetToken('gone');
  expect(logged).toEqual([expect.stringContaining('The vault is not connected now.')]);
  tokens.set('gone', null);
  await ending.lookAgain((id) => id !== 'apart');
  expect([...tokens.keys()]).toEqual(['local']);
});

it('the certificate that was made here is deleted with its key', async () => {
  await SelfSignedCertificate.open({
    secrets: { get: async (name) => kept.get(name) ?? null, put: async (name, secret) => void kept.set(name, secret) },
    now: () => fixture.now,
    names: () => ['127.0.0.1'],
  });
  expect(kept.size).toBe(1);
  await ending.forgetCertificate();
  expect(kept.size).toBe(0);
});
