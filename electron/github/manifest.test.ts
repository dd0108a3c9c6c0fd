import { request as rawRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startEmpty } from '../../sandbox/github/fixture.ts';
import { GitHubApi } from './api.ts';
import { GitHubApp } from './app.ts';
import { appManifest, convertManifest, type RegisteredApp } from './manifest.ts';
import { askByManifest } from './manifest-page.ts';

const permissions = { contents: 'write', metadata: 'read' };

/** The form of a page as a browser would post it. */
function formOf(html: string): { readonly action: string; readonly manifest: string } {
  const plain = (text: string): string =>
    text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return {
    action: plain(/action="([^"]*)"/.exec(html)?.[1] ?? ''),
    manifest: plain(/name="manifest" value="([^"]*)"/.exec(html)?.[1] ?? ''),
  };
}

/** An app that asks, and a browser at which its page was opened. */
async function asking(change: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const { github, control } = await startEmpty();
  control.signInAs('dana');
  control.autoApproveManifests(true);
  const api = new GitHubApi({ apiUrl: github.apiUrl, fetch, now: Date.now });
  let opened: (url: string) => void = () => undefined;
  const page = new Promise<string>((resolve) => {
    opened = resolve;
  });
  const made: RegisteredApp[] = [];
  const done = askByManifest({
    target: `${github.webUrl}/settings/apps/new`,
    manifest: (redirectUrl) => appManifest({ name: 'Jean "agents" <x>', homepage: github.webUrl, redirectUrl, permissions }),
    open: async (url) => opened(url),
    take: async (code) => {
      const app = await convertManifest(api, code);
      made.push(app);
      return `${github.webUrl}/apps/${app.slug}/installations/new`;
    },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...change,
  });
  done.catch(() => undefined);
  const url = await page;
  /** Where GitHub sends the browser after the person approved. */
  const approve = async (): Promise<string> => {
    const { action, manifest } = formOf(await (await fetch(url)).text());
    const answer = await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }), redirect: 'manual' });
    return answer.headers.get('location') ?? '';
  };
  return { github, control, made, done, url, approve };
}

describe('making a GitHub App from a manifest', () => {
  it('ends with the App’s own key, and the browser on the page where repositories are chosen', async () => {
    const { github, made, done, approve } = await asking();
    const last = await fetch(await approve());
    await done;
    expect(last.url).toBe(`${github.webUrl}/apps/jean-agents-x/installations/new`);
    const [app] = made;
    if (!app) throw new Error('No App was made');
    const facts = await new GitHubApp({ ...app, apiUrl: github.apiUrl, fetch, now: Date.now }).verify();
    expect(facts).toMatchObject({ slug: 'jean-agents-x', permissions });
  });

  it('takes no answer with another state, one answer with its own, and none after that', async () => {
    const { control, made, done, approve } = await asking();
    const answer = new URL(await approve());
    const wrong = new URL(answer);
    for (const state of ['', 'x', `${answer.searchParams.get('state')}x`]) {
      wrong.searchParams.set('state', state);
      expect((await fetch(wrong)).status).toBe(403);
    }
    expect(made).toEqual([]);
    const both = await Promise.all([
      fetch(answer, { redirect: 'manual' }),
      fetch(answer, { redirect: 'manual' }).catch(() => null),
    ]);
    expect(both.filter((one) => one?.status === 302)).toHaveLength(1);
    await done;
    expect(made).toHaveLength(1);
    expect(control.calls().filter(({ path }) => path.includes('conversions'))).toHaveLength(1);
    await expect(fetch(answer)).rejects.toThrow();
  });

  it('shows the form once, at an address that can’t be guessed, and to nobody by another name', async () => {
    const { url } = await asking();
    const { origin, port } = new URL(url);
    expect((await fetch(origin)).status).toBe(404);
    const byName = await new Promise<number | undefined>((resolve, reject) => {
      rawRequest(url, { headers: { host: `evil.example:${port}` } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(byName).toBe(404);
    const first = await fetch(url);
    expect(first.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'nonce-/);
    expect((await first.text()).match(/<script/g)).toHaveLength(1);
    expect((await fetch(url)).status).toBe(404);
  });

  it('gives up when the person takes too long, and leaves nothing open', async () => {
    const { done, url } = await asking({ timeoutMs: 50 });
    await expect(done).rejects.toThrow('GitHub sent nothing back');
    await expect(fetch(url)).rejects.toThrow();
  });

  it('ends when it is cancelled', async () => {
    const control = new AbortController();
    const { done, url } = await asking({ signal: control.signal });
    control.abort(new Error('cancelled'));
    await expect(done).rejects.toThrow('cancelled');
    await expect(fetch(url)).rejects.toThrow();
  });

  it('says in the browser too why a code was not good', async () => {
    const { control, done, approve } = await asking();
    const answer = await approve();
    control.faults.next({
      match: { path: '/app-manifests/*/conversions' },
      answer: { status: 404, body: { message: 'Not Found' } },
    });
    const shown = await fetch(answer);
    expect([shown.status, await shown.text()]).toEqual([502, expect.stringContaining('Fetching the new App’s key failed')]);
    await expect(done).rejects.toThrow('Fetching the new App’s key failed');
  });

  it('never lets a code from outside become a path at GitHub', async () => {
    const { github, control } = await startEmpty();
    const api = new GitHubApi({ apiUrl: github.apiUrl, fetch, now: Date.now });
    await expect(convertManifest(api, '../../app')).rejects.toThrow('can’t be read');
    expect(control.calls()).toEqual([]);
  });

  it('keeps the name within GitHub’s limit and leaves out what GitHub refuses or would keep', () => {
    const made = appManifest({
      name: 'x'.repeat(60),
      homepage: 'https://github.com',
      redirectUrl: 'http://127.0.0.1:1/callback',
      permissions,
    });
    expect(made.name).toHaveLength(34);
    expect(Object.keys(made)).not.toContain('hook_attributes');
    expect(Object.keys(made)).not.toContain('setup_url');
  });
});
