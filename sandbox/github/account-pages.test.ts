import { expect, it } from 'vitest';
import { startWithApp } from './fixture.ts';
import type { OutgoingMail } from './sign-ups.ts';

/** GitHub where robin has signed up, and robin's browser: it keeps the session's cookie. */
async function signedUp() {
  const world = await startWithApp();
  const { github, control } = world;
  const mails: OutgoingMail[] = [];
  control.deliverTo((mail) => void mails.push(mail));
  let cookie = '';
  const visit = async (path: string, fields?: Readonly<Record<string, string>>, who = cookie) => {
    const answer = await fetch(`${github.webUrl}${path}`, {
      headers: who === '' ? {} : { cookie: who },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    return { status: answer.status, text: await answer.text(), cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const asOwner = (path: string, fields?: Readonly<Record<string, string>>) => visit(path, fields, '');
  await visit('/signup', { login: 'robin', email: 'robin@raviapp.com', password: 'horse battery' });
  const code = /\b\d{8}\b/.exec(mails[0]?.text ?? '')?.[0] ?? '';
  ({ cookie } = await visit('/account_verifications', { login: 'robin', code }));
  return { ...world, mails, visit, asOwner };
}

const form = '/settings/personal-access-tokens/new';

it('the form for a token is filled in by its address, offers only what its person reaches, and shows the token once', async () => {
  const { asOwner, control, visit, withToken, clock, mails } = await signedUp();
  const address = `${form}?name=Jean%3A+web&target_name=acme&expires_in=90&contents=write&pull_requests=read`;
  control.addCollaborator('acme/web', 'robin');
  expect((await visit(address)).text).not.toContain('acme/web');
  expect((await visit('/orgs/acme/people', { login: 'robin' })).status).toBe(404);
  await asOwner('/orgs/acme/people', { login: 'robin' });
  expect(mails.at(-1)?.text).toContain('/orgs/acme/invitation');
  expect((await visit(address)).text).not.toContain('acme/web');
  expect((await visit('/orgs/acme/invitation', { answer: 'accept' })).text).toContain('You are a member of acme.');
  const { text } = await visit(address);
  expect(text).toContain('Signed in as robin');
  expect(text).toContain('value="Jean: web"');
  expect(text).toContain('<option selected>acme</option>');
  expect(text).toContain('value="90"');
  expect(text).toContain('name="permission:contents"');
  expect(text).toContain('acme/web');
  expect(text).not.toContain('acme/api');

  const filled = { name: 'Jean: web', target_name: 'acme', expires_in: '90', 'permission:contents': 'write' };
  expect((await visit(form, { ...filled, access: 'selected' })).text).toContain('Select at least one repository.');
  expect((await visit(form, { ...filled, access: 'selected', repository: 'acme/api' })).status).toBe(422);
  expect((await visit(form, { ...filled, expires_in: '400', access: 'all' })).status).toBe(422);
  const made = await visit(form, { ...filled, access: 'selected', repository: 'acme/web' });
  const token = /value="(github_pat_[^"]+)"/.exec(made.text)?.[1] ?? '';
  expect((await visit(address)).text).not.toContain(token);
  expect((await withToken(token)('GET /user')).data.login).toBe('robin');
  expect(control.liveTokens()).toMatchObject([
    {
      repositories: ['acme/web'],
      permissions: { contents: 'write', metadata: 'read' },
      expiresAt: expect.closeTo(clock.now() + 90 * 86_400_000, -4),
    },
  ]);
});

it('an owner invites on the access page, and who is invited gets a mail and accepts on a page of their own', async () => {
  const { visit, asOwner, mails } = await signedUp();
  const access = '/acme/web/settings/access';
  const invitation = '/acme/web/invitations';
  expect((await visit(access)).status).toBe(404);
  expect((await visit(invitation)).status).toBe(404);
  expect((await asOwner(access, { login: 'nobody', role: 'Write' })).text).toContain('There is no account nobody.');
  expect((await asOwner(access, { login: 'Robin', role: 'Write' })).status).toBe(200);
  expect((await asOwner(access)).text).toContain('robin, Pending invite');
  expect(mails.at(-1)).toMatchObject({ to: 'robin@raviapp.com', text: expect.stringContaining(invitation) });
  expect((await asOwner(invitation)).status).toBe(404);
  expect((await visit(invitation)).text).toContain('You are robin.');
  expect((await visit(invitation, { answer: 'accept' })).text).toContain('push access to acme/web');
  expect((await visit(invitation)).status).toBe(404);
  expect((await asOwner(access)).text).toContain('robin, Role: write');
});

it('a browser is its account’s until it signs out, and the password lets it in again', async () => {
  const { visit } = await signedUp();
  expect((await visit('/login')).text).toContain('You are robin in this browser.');
  expect((await visit('/login', { login: 'robin', password: 'guessed' })).status).toBe(422);
  const again = await visit('/login', { login: 'robin', password: 'horse battery' });
  expect((await visit('/login', undefined, again.cookie)).text).toContain('You are robin');
  await visit('/logout', {}, again.cookie);
  expect((await visit('/login', undefined, again.cookie)).text).toContain('You are octo-dev');
});
