import { describe, expect, it } from 'vitest';
import { routeVerdict } from './routes.ts';

const roles = ['viewer', 'operator', 'owner'] as const;

describe('routes', () => {
  it.each([
    '/',
    '/index.html',
    '/assets/index-B4x_1.js',
    '/assets/a%20b.png',
    '/?v=3',
    '/?token=abc',
    '/some/page',
    '/healthz',
    '/readyz',
    '/api/auth',
    '/api/auth?token=abc',
    '/api/version',
    '/api/init',
    '/api/init?selected_project=none',
    '/api/init?selected_project=0b5c-9&token=abc',
    '/api/files/preferences.json',
    '/api/files/avatars/shop.png',
    '/api/files/pasted-images/image-1.webp',
    '/ws',
    '/ws?token=abc',
  ])('lets every role ask for %s', (target) => {
    for (const role of roles) expect(routeVerdict(role, 'GET', target), role).toEqual({ allow: true });
  });

  it.each([
    '/api/files/projects.json',
    '/api/files/ui-state.json',
    '/api/files/sessions/index/w1.json',
    '/api/files/sessions/data/s1/metadata.json',
    '/api/files/sessions/data/s1/r1.jsonl',
    '/api/files/sessions/data/s1/r1.input.jsonl',
    '/api/files/jean-mcp.sock',
    '/api/files/codex-app-server.log',
    '/api/files/gh-cli/gh',
    '/api/files/claude-cli/settings.json',
    '/api/files/recovery/x.json',
    '/api/files/terminal-notifications/s1.jsonl',
    '/api/files/ai-checkpoints/x.json',
    '/api/files/pasted-texts/x.txt',
    '/api/files/preferences.0b5c.tmp',
    '/api/files/Preferences.json',
    '/api/files/sub/preferences.json',
    '/api/files/avatars/shop.svg',
    '/api/files/avatars/sub/shop.png',
    '/api/files/avatars/.png',
    '/api/project-files/%2Fhome%2Fme%2Fshop%2F.env',
    '/api/project-files//home/me/shop/readme.md',
    '/api/project-files/home/me/shop/readme.md',
  ])('keeps %s for an owner', (target) => {
    expect(routeVerdict('viewer', 'GET', target).allow).toBe(false);
    expect(routeVerdict('operator', 'GET', target).allow).toBe(false);
    expect(routeVerdict('owner', 'GET', target).allow).toBe(true);
  });

  it.each([
    '',
    'api/init',
    '*',
    'http://127.0.0.1:3456/api/init',
    '//api/init',
    '//evil.example/',
    '/api//init',
    '/./api/init',
    '/x/../api/init',
    '/api/files/../files/preferences.json',
    '/api/files/..',
    '/api/files/avatars/..%2f..%2fpreferences.json',
    '/api/files/avatars/%2e%2e/preferences.json',
    '/api/files/avatars%2Fx.png',
    '/api/files/avatars\\x.png',
    '/api/files/avatars%5cx.png',
    '/api/files/avatars/x%00.png',
    '/api/files/avatars/x%0d%0a.png',
    '/api/files/avatars/%252e%252e/x.png',
    '/api/files/avatars/x.png%',
    '/api/files/avatars/x%zz.png',
    '/api/files/avatars/%c0%ae%c0%ae/x.png',
    '/api/files/avatars/x.png;y',
    '/api/files/avatars/x%3by.png',
    '/api/project-files/%2Fhome%2F..%2Fetc%2Fpasswd',
    '/api/project-files//home/./x',
    '/api/project-files///etc/passwd',
    '/%61pi/init',
    '/api/%69nit',
    '/api/files/preferences%6ason',
    '/API/init',
    '/Api/init',
    '/WS',
    '/Healthz',
    '/api',
    '/api/',
    '/api/unknown',
    '/api/init/',
    '/api/files',
    '/ws/',
    '/api/init#x',
    '/api/init?token=a&token=b',
    '/api/init?token=a&Token=b',
    '/api/init?Token=a',
    '/api/init?%74oken=a',
    '/api/init?a=1&a=2',
    '/api/init?token=a;token=b',
    '/api/init?selected_project=../x',
    '/api/init?selected_project=a%2Fb',
    '/api/init?x=%0d%0aX',
    '/api/init?x=%',
    '/api/init\t',
    '/api/init HTTP/1.1\r\nX: y',
    '/апи',
    '/api/init?x="y"',
    `/${'a'.repeat(9_000)}`,
  ])('refuses an address that can be read in two ways, or that Jean has not: %j', (target) => {
    for (const role of roles) expect(routeVerdict(role, 'GET', target).allow, role).toBe(false);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'PROPFIND'])(
    'passes no %s on for reading',
    (method) => {
      for (const role of roles) {
        for (const target of ['/', '/api/init', '/api/files/preferences.json', '/ws']) {
          expect(routeVerdict(role, method, target).allow, `${role} ${target}`).toBe(false);
        }
      }
    },
  );

  it('lets an owner alone start commit jobs', () => {
    expect(routeVerdict('owner', 'POST', '/api/commit-jobs').allow).toBe(true);
    expect(routeVerdict('operator', 'POST', '/api/commit-jobs').allow).toBe(false);
    expect(routeVerdict('viewer', 'POST', '/api/commit-jobs').allow).toBe(false);
    expect(routeVerdict('owner', 'GET', '/api/commit-jobs').allow).toBe(false);
    expect(routeVerdict('viewer', 'HEAD', '/api/auth').allow).toBe(true);
    expect(routeVerdict('viewer', 'HEAD', '/ws').allow).toBe(false);
  });
});
