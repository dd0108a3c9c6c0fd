import { describe, expect, it } from 'vitest';
import { startWithApp } from './fixture.ts';

const REPOSITORIES = 'GET /installation/repositories';

describe('the REST API', () => {
  it('counts requests per installation, refuses when the hour is used up, and starts anew', async () => {
    const { mint, withToken, control, installation, clock } = await startWithApp();
    const first = await withToken((await mint()).token)(REPOSITORIES);
    const get = withToken((await mint()).token);
    const second = await get(REPOSITORIES);
    expect([first.headers['x-ratelimit-remaining'], second.headers['x-ratelimit-remaining']]).toEqual(['4999', '4998']);
    await get('GET /rate_limit');
    expect((await get('GET /rate_limit')).data.rate).toMatchObject({ limit: 5000, remaining: 4998, used: 2 });
    control.setRemaining(installation.id, 0);
    const refused = { status: 403, response: { headers: { 'x-ratelimit-remaining': '0' } } };
    await expect(get(REPOSITORIES)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('API rate limit exceeded'),
    });
    clock.move(3_600_000);
    await expect(withToken((await mint()).token)(REPOSITORIES)).resolves.toMatchObject({ status: 200 });
  });

  it('pages lists with links', async () => {
    const { mint, withToken } = await startWithApp();
    const get = withToken((await mint()).token);
    const first = await get(REPOSITORIES, { per_page: 1 });
    expect(first.data).toMatchObject({ total_count: 2, repositories: [{ name: 'web' }] });
    expect(first.headers.link).toMatch(/<http:\/\/127\.0\.0\.1:\d+\/installation\/repositories\?per_page=1&page=2>; rel="next"/);
    const second = await get(REPOSITORIES, { per_page: 1, page: 2 });
    expect(second.data).toMatchObject({ repositories: [{ name: 'api' }] });
    expect(second.headers.link).not.toContain('rel="next"');
  });

  it('carries a request id and the date of its own clock on every answer, and words errors as GitHub does', async () => {
    const { request, clock, github } = await startWithApp();
    clock.move(86_400_000);
    const missing = await fetch(`${github.apiUrl}/nowhere`);
    expect(await missing.json()).toEqual({
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest',
      status: '404',
    });
    expect(missing.headers.get('x-github-request-id')).toMatch(/^[0-9A-F]{24}$/);
    expect(Math.abs(Date.parse(missing.headers.get('date') ?? '') - clock.now())).toBeLessThan(5_000);
    await expect(request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'web' })).rejects.toMatchObject({ status: 404 });
    const future = request('GET /rate_limit', { headers: { 'x-github-api-version': '1999-01-01' } });
    await expect(future).rejects.toMatchObject({ status: 400 });
    const bad = request('GET /rate_limit', { headers: { authorization: 'token ghs_nonsense' } });
    await expect(bad).rejects.toMatchObject({ status: 401, response: { data: { message: 'Bad credentials' } } });
  });

  it('fails as it is told to, and records each call with its login', async () => {
    const { mint, withToken, control } = await startWithApp();
    const get = withToken((await mint()).token);
    control.faults.next({
      match: { path: '/installation/repositories' },
      answer: { status: 429, headers: { 'retry-after': '2' } },
    });
    await expect(get(REPOSITORIES)).rejects.toMatchObject({ status: 429, response: { headers: { 'retry-after': '2' } } });
    await get(REPOSITORIES);
    expect(control.calls()).toMatchObject([
      { method: 'POST', path: expect.stringMatching(/access_tokens$/), status: 201, login: 'jean-ravi' },
      { method: 'GET', path: '/installation/repositories', status: 429, login: null },
      { method: 'GET', path: '/installation/repositories', status: 200, login: 'jean-ravi[bot]' },
    ]);
  });
});
