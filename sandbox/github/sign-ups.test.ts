import { expect, it } from 'vitest';
import { startEmpty } from './fixture.ts';
import type { OutgoingMail } from './sign-ups.ts';

const form = (fields: Readonly<Record<string, string>>) => ({ method: 'POST', body: new URLSearchParams(fields) });

it('a person signs up on the pages with the code of the mail, and is there only then', async () => {
  const { github, control } = await startEmpty();
  const mails: OutgoingMail[] = [];
  control.deliverTo((mail) => void mails.push(mail));
  const account = async () => (await fetch(`${github.apiUrl}/users/robin`, { headers: { 'user-agent': 'test' } })).status;
  expect((await fetch(`${github.webUrl}/signup`)).status).toBe(200);
  await fetch(`${github.webUrl}/signup`, form({ login: 'robin', email: 'robin@raviapp.com', password: 'x' }));
  expect(mails).toMatchObject([{ to: 'robin@raviapp.com', from: 'GitHub <noreply@github.com>' }]);
  expect(await account()).toBe(404);
  const code = /\b\d{8}\b/.exec(mails[0]?.text ?? '')?.[0] ?? '';
  expect((await fetch(`${github.webUrl}/account_verifications`, form({ login: 'robin', code: '00000000' }))).status).toBe(422);
  expect((await fetch(`${github.webUrl}/account_verifications`, form({ login: 'robin', code }))).status).toBe(200);
  expect(await account()).toBe(200);
  expect(() => control.signUp('robin', 'other@raviapp.com')).toThrow('not available');
});

it('an invitation opens a repository to nobody before it is accepted', async () => {
  const { control } = await startEmpty();
  await control.createRepo('acme', 'shop');
  control.createAccount('robin');
  expect(() => control.acceptInvitation('acme/shop', 'robin')).toThrow('not invited');
  control.invite('acme/shop', 'Robin');
  control.acceptInvitation('acme/shop', 'robin');
  expect(() => control.acceptInvitation('acme/shop', 'robin')).toThrow('not invited');
});
