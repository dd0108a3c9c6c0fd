import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../world.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.stop());

const send = (path: string, fields: Record<string, string>): Promise<Response> =>
  fetch(`${sandbox.github.webUrl}${path}`, { method: 'POST', body: new URLSearchParams(fields) });

const mails = async (): Promise<readonly { subject: string; text_content: string }[]> => {
  const { ravi, raviAccount } = sandbox;
  const answer = await fetch(`${ravi.url}/api/email-messages/?identity=${raviAccount.identityUuid}`, {
    headers: { authorization: `Bearer ${raviAccount.managementKey}` },
  });
  const body = (await answer.json()) as { results?: [] } | [];
  return Array.isArray(body) ? body : (body.results ?? []);
};

const person = { login: 'shop-agent', password: 'a-long-enough-password-1' };

describe('signing up at the sandbox’s GitHub', () => {
  it('sends a code to the address, and makes the account for that code alone', async () => {
    const { inbox: email } = sandbox.raviAccount;
    expect((await send('/signup', { ...person, email, password: 'short' })).status).toBe(422);
    expect((await send('/signup', { ...person, email, login: 'acme' })).status).toBe(422);
    expect((await send('/signup', { ...person, email })).status).toBe(200);
    const account = `${sandbox.github.apiUrl}/users/shop-agent`;
    expect((await fetch(account)).status).toBe(404);

    const code = /\b\d{8}\b/.exec(JSON.stringify(await mails()))?.[0] ?? '';
    const wrong = await send('/account_verifications', { login: 'shop-agent', code: '00000000' });
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('incorrect')]);
    expect((await send('/account_verifications', { login: 'shop-agent', code })).status).toBe(200);
    expect((await fetch(account)).status).toBe(200);
  });

  it('lets a new account into a repository only by an invitation that it accepts', async () => {
    const { inbox: email } = sandbox.raviAccount;
    await send('/signup', { ...person, email });
    const code = /\b\d{8}\b/.exec(JSON.stringify(await mails()))?.[0] ?? '';
    await send('/account_verifications', { login: 'shop-agent', code });
    const made = await (
      await send('/settings/personal-access-tokens', { repository: 'acme/shop', contents: 'write', expires_in: '90' })
    ).text();
    const token = /github_pat_\w+/.exec(made)?.[0] ?? '';
    const reach = async () =>
      (await fetch(`${sandbox.github.apiUrl}/repos/acme/shop`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await reach()).toBe(404);
    expect((await send('/acme/shop/invitations', {})).status).toBe(404);
    sandbox.github.control.invite('acme/shop', 'shop-agent');
    expect(JSON.stringify(await mails())).toContain('/acme/shop/invitations');
    expect((await send('/acme/shop/invitations', {})).status).toBe(200);
    expect(await reach()).toBe(200);
  });
});
