import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultProjectPolicy } from '../../shared/policy.ts';
import type { Settings } from './settings.ts';

// In plain Node the package `electron` is only the path of a binary, which it would download without this.
let exchange: typeof import('./settings-exchange.ts');
let defaults: () => Settings;
beforeAll(async () => {
  process.env.ELECTRON_OVERRIDE_DIST_PATH ??= '/nowhere';
  exchange = await import('./settings-exchange.ts');
  ({ defaultSettings: defaults } = await import('./settings.ts'));
});

const at = Date.UTC(2026, 10, 22);

/** Settings in which everything is chosen that a person can choose. */
const chosen = (): Settings => {
  const base = defaults();
  return {
    ...base,
    github: { appId: '990042', apiUrl: 'https://ghe.example.org/api', webUrl: null, slug: 'shop-bot' },
    ravi: { baseUrl: null, identityUuid: 'uuid-of-mine', identityName: 'Sarah' },
    computer: 'abcdef01',
    firstRunDone: true,
    trailers: true,
    keepIn: 'local',
    raviAddress: 'https://api.ravi.app',
    preferences: { theme: 'dark', openAtLogin: true, windowAtStart: false, shortcut: 'Control+Alt+J' },
    credentials: { ...base.credentials, mintAt: 'first-use', lapseHours: 8 },
    notifications: { ...base.notifications, awayMinutes: 9 },
    channels: {
      ...base.channels,
      sms: { identity: 'uuid-of-mine', budget: 3, detail: true, recipients: [{ address: '+15551234567', verifiedAt: at }] },
    },
    remoteAccess: {
      ...base.remoteAccess,
      enabled: true,
      bind: 'lan',
      tls: { kind: 'files', certificate: '/home/me/cert.pem', key: '/home/me/key.pem' },
      instances: { local: { shared: true, port: 4711, restart: { kind: 'command', command: 'systemctl restart jean' } } },
    },
  };
};

describe('exported settings', () => {
  it('hold no account, no path of this computer, no verified recipient and no command', () => {
    const text = exchange.exportText(chosen(), at);
    for (const foreign of [
      '990042',
      'ghe.example.org',
      'uuid-of-mine',
      'abcdef01',
      '/home/me',
      'systemctl',
      '4711',
      'api.ravi.app',
      String(at),
    ])
      expect(text).not.toContain(foreign);
    expect(JSON.parse(text)).toMatchObject({ app: 'jean-ravi-companion', exportedAt: '2026-11-22T00:00:00.000Z' });
  });

  it('are on another computer what they were, but for what is that computer’s own', () => {
    const read = exchange.readExport(exchange.exportText(chosen(), at), defaults());
    if (!read.ok) throw new Error(read.why);
    const { settings } = read;
    expect(settings).toMatchObject({
      trailers: true,
      preferences: chosen().preferences,
      credentials: chosen().credentials,
      notifications: chosen().notifications,
      keepIn: 'local',
      raviAddress: null,
      github: null,
      ravi: null,
      firstRunDone: false,
    });
    expect(settings.channels.sms).toEqual({
      identity: null,
      budget: 3,
      detail: true,
      recipients: [{ address: '+15551234567', verifiedAt: null }],
    });
  });

  it('come back to where they were exported without a change', () => {
    const read = exchange.readExport(exchange.exportText(chosen(), at), chosen());
    if (!read.ok) throw new Error(read.why);
    expect(exchange.changesBetween(chosen(), read.settings)).toEqual([]);
    expect(read.settings).toEqual(chosen());
  });
});

describe('a file of settings', () => {
  it('opens no door and brings no command to be run', () => {
    const { remoteAccess } = chosen();
    const file = { app: 'jean-ravi-companion', version: 3, settings: { remoteAccess } };
    const read = exchange.readExport(JSON.stringify(file), defaults());
    if (!read.ok) throw new Error(read.why);
    expect(read.settings.remoteAccess).toMatchObject({ enabled: false, instances: {}, tls: { kind: 'none' } });
  });

  it('that would open an open door further closes it', () => {
    const base = { ...defaults(), remoteAccess: { ...defaults().remoteAccess, enabled: true } };
    const file = { app: 'jean-ravi-companion', version: 3, settings: { remoteAccess: { bind: 'all' } } };
    const read = exchange.readExport(JSON.stringify(file), base);
    if (!read.ok) throw new Error(read.why);
    expect(read.settings.remoteAccess).toMatchObject({ enabled: false, bind: 'all' });
  });

  it('says what it would change, value by value', () => {
    const file = { app: 'jean-ravi-companion', version: 3, settings: { trailers: true, preferences: { theme: 'dark' } } };
    const read = exchange.readExport(JSON.stringify(file), defaults());
    if (!read.ok) throw new Error(read.why);
    expect(exchange.changesBetween(defaults(), read.settings)).toEqual([
      { part: 'preferences', name: 'theme', from: 'system', to: 'dark' },
      { part: 'trailers', name: 'Marks in commits', from: 'no', to: 'yes' },
    ]);
  });

  it('of an older Companion is brought to today’s form', () => {
    const file = { app: 'jean-ravi-companion', version: 1, settings: { trailers: true } };
    expect(exchange.readExport(JSON.stringify(file), defaults())).toMatchObject({ ok: true, parts: ['trailers'] });
  });

  it.each([
    ['no JSON', '{', 'it is no JSON'],
    ['of another program', '{"app": "gitify", "version": 1, "settings": {}}', 'it was not exported by Jean Ravi Companion'],
    ['a list', '[]', 'expected object'],
    ['of a newer Companion', '{"app": "jean-ravi-companion", "version": 99, "settings": {"trailers": true}}', 'newer Companion'],
    ['empty', '{"app": "jean-ravi-companion", "version": 3, "settings": {}}', 'no setting in it'],
    [
      'wrong in one value',
      '{"app": "jean-ravi-companion", "version": 3, "settings": {"trailers": true, "credentials": {"mintAt": "never"}}}',
      'credentials · mintAt',
    ],
    ['endless', ' '.repeat(2_000_001), 'too long'],
  ])('that is %s is refused with the reason', (_what, text, why) => {
    const read = exchange.readExport(text, defaults());
    expect(read).toMatchObject({ ok: false });
    expect(read.ok ? '' : read.why).toContain(why);
  });
});

describe('a hostile file', () => {
  const file = (settings: unknown, over = {}): string =>
    JSON.stringify({ app: 'jean-ravi-companion', version: 3, settings, ...over });
  const deep = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

  it.each([
    ['nested without end as a list', deep(900_000, '[', ']')],
    [
      'nested without end as a part',
      `{"app":"jean-ravi-companion","version":3,"settings":{"preferences":${deep(200_000, '{"theme":', '}').replace(':}', ':1}')}}}`,
    ],
    [
      'nested without end in a rule',
      `{"app":"jean-ravi-companion","version":3,"settings":{"notifications":{"rules":${deep(200_000, '{"finished":', '}').replace(':}', ':1}')}}}}`,
    ],
    ['of version 0.5', file({ trailers: true }, { version: 0.5 })],
    ['of version -1', file({ trailers: true }, { version: -1 })],
    ['of a version in words', file({ trailers: true }, { version: '3' })],
    ['of version 1e21', file({ trailers: true }, { version: 1e21 })],
    ['whose settings are a list', file([])],
    [
      'whose settings are prototypes alone',
      '{"app":"jean-ravi-companion","version":3,"settings":{"__proto__":{"trailers":true},"constructor":{}}}',
    ],
  ])('that is %s is refused in a sentence', (_what, text) => {
    const read = exchange.readExport(text, defaults());
    expect(read).toMatchObject({ ok: false });
    expect(read.ok ? '' : read.why.length).toBeLessThan(300);
  });

  it('reaches for prototypes in vain', () => {
    const own = '{"enabled":true,"polluted":true}';
    const text = `{"app":"jean-ravi-companion","version":3,"__proto__":${own},"settings":{"__proto__":${own},"trailers":true,
      "projects":{"__proto__":${own},"constructor":${own}},"preferences":{"__proto__":${own},"theme":"dark"},
      "remoteAccess":{"__proto__":${own},"instances":{"__proto__":${own}}},"channels":{"sms":{"__proto__":${own}}}}}`;
    const read = exchange.readExport(text, defaults());
    const settings = read.ok ? read.settings : defaults();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((settings as unknown as Record<string, unknown>).polluted).toBeUndefined();
    expect(settings.remoteAccess).toEqual(defaults().remoteAccess);
    expect(Object.getPrototypeOf(settings.projects)).toBe(Object.prototype);
    expect(() => exchange.changesBetween(defaults(), settings)).not.toThrow();
  });

  it('with accounts, keys and unknown parts in it brings none of them', () => {
    const text = file({
      trailers: true,
      github: { appId: '1', apiUrl: 'https://evil.test', webUrl: 'https://evil.test', slug: 'x' },
      ravi: { baseUrl: 'https://evil.test', identityUuid: 'u', identityName: 'x' },
      raviAddress: 'https://evil.test',
      secrets: { 'ravi:management-key': 'ravi_mgmt_hidden_in_a_file' },
      preferences: { theme: 'dark', token: 'ghp_hidden_in_a_file_0123456789abcdefgh' },
    });
    const read = exchange.readExport(text, defaults());
    if (!read.ok) throw new Error(read.why);
    expect(JSON.stringify([read.settings, exchange.changesBetween(defaults(), read.settings)])).not.toMatch(/evil|hidden/);
  });

  it('whatever it is, is refused with a reason or gives settings that fit, and no door is opened by it', () => {
    const parts = ['preferences', 'trailers', 'credentials', 'projects', 'notifications', 'channels', 'remoteAccess', 'keepIn'];
    const instance = { shared: true, port: 4711, restart: { kind: 'command', command: 'rm -rf ~' } };
    const likely = fc.record(
      {
        trailers: fc.boolean(),
        keepIn: fc.constantFrom('ravi', 'local'),
        preferences: fc.record({ theme: fc.constantFrom('dark', 'light') }),
        projects: fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')),
          fc.constant(defaultProjectPolicy),
        ),
        remoteAccess: fc.record(
          { enabled: fc.boolean(), bind: fc.constantFrom('all', 'lan', 'loopback'), instances: fc.constant({ local: instance }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    const settings = fc.oneof(
      likely,
      fc.dictionary(fc.constantFrom(...parts, '__proto__', 'github'), fc.jsonValue({ maxDepth: 4 })),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: settings }, fc.jsonValue()), (wished) => {
        const read = exchange.readExport(file(wished), defaults());
        if (!read.ok) {
          expect(read.why).not.toBe('');
          return;
        }
        taken += 1;
        expect(read.settings).toMatchObject({ github: null, ravi: null, remoteAccess: { enabled: false, instances: {} } });
        expect(exchange.readExport(exchange.exportText(read.settings, at), defaults()).ok).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
