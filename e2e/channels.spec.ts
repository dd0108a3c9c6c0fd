import { noticeKind } from '../shared/notifications.ts';
import { everythingLeaves, send, subjects, texts, verifyBoth } from './fixtures/channels.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { sessionIn } from './fixtures/worktrees.ts';

test('an SMS and a mail of each kind arrive once, through 429s, lost answers and a Ravi that breaks', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(240_000);
  await verifyBoth(connected, sandbox);
  const troubles = ['none', '429', 'lost', '502'] as const;
  for (const [n, kind] of noticeKind.options.entries()) {
    const trouble = troubles[n % troubles.length];
    for (const channel of ['sms', 'email'] as const) {
      const match = { method: 'POST', path: send[channel] };
      const body = { detail: 'Request was throttled.', retry_after_seconds: 1 };
      if (trouble === '429') sandbox.ravi.faults.next({ match, answer: { status: 429, body } });
      if (trouble === 'lost') sandbox.ravi.faults.next({ match, answer: 'lose' });
      if (trouble === '502') sandbox.ravi.faults.next({ match, answer: { status: 502, body: '<html>' } });
      await connected.request('notifications.test', { kind, channel });
    }
  }
  const kinds = noticeKind.options.length;
  // What Ravi may have taken is looked up, and sent again once it is certain that it was not.
  await expect.poll(() => [texts(sandbox).length, subjects(sandbox).length], { timeout: 120_000 }).toEqual([kinds, kinds]);
  expect(new Set(texts(sandbox)).size).toBe(kinds);
  for (const text of texts(sandbox)) expect(text.length).toBeLessThanOrEqual(160);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(texts(sandbox)).toHaveLength(kinds);
  expect(subjects(sandbox)).toHaveLength(kinds);
});

test('a notice that was being sent when the app was killed arrives once', async ({ connected, launch, sandbox }) => {
  test.setTimeout(240_000);
  await verifyBoth(connected, sandbox);
  await everythingLeaves(connected);
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  // The SMS is taken after the app is gone; the mail never arrives.
  sandbox.ravi.faults.next({ match: { method: 'POST', path: send.sms }, answer: { delayMs: 2_000 } });
  sandbox.ravi.faults.next({ match: { method: 'POST', path: send.email }, answer: 'drop' });
  await sandbox.jean.startTurn(session);
  await sandbox.jean.failTurn(session, 'context limit reached');
  await connected.until(({ channels }) => channels.sms?.used === 2 && channels.email?.used === 2, 'both are being sent');
  await connected.kill();
  await expect.poll(() => texts(sandbox)).toHaveLength(1);

  const again = await launch();
  await again.until(({ services }) => services.ravi?.health === 'ok', 'Ravi is connected');
  await expect.poll(() => subjects(sandbox), { timeout: 120_000 }).toEqual(['Mend the flake failed']);
  expect(texts(sandbox)).toEqual([
    expect.stringMatching(/^Mend the flake failed\nshop - checkout-flake - Mend the flake #\w{6}$/),
  ]);
  await again.until(({ channels }) => channels.email?.state === 'ready' && channels.sms?.state === 'ready', 'nothing waits');
  const { html } = sandbox.ravi
    .sent()
    .flatMap((one) => (one.kind === 'mail' ? [{ html: one.text }] : []))
    .at(-1) ?? { html: '' };
  expect(html).toContain('context limit reached');
});

test('what Ravi will not send by SMS goes by mail, and the page says why and what to do', async ({ connected, sandbox }) => {
  await verifyBoth(connected, sandbox);
  await everythingLeaves(connected);
  const { settings } = (await connected.state()).notifying.notifying ?? {};
  if (!settings) throw new Error('There are no choices yet.');
  const rule = { ...settings.rules.finished, email: 'never' } as const;
  await connected.request('notifications.settings', { ...settings, rules: { ...settings.rules, finished: rule } });
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const refused = { detail: 'Active subscription required.', code: 'subscription_required' };
  sandbox.ravi.faults.next({ match: { method: 'POST', path: send.sms }, answer: { status: 402, body: refused } });
  await sandbox.jean.startTurn(session, { steps: [] });
  await soon(() => subjects(sandbox)).toEqual(['Mend the flake finished']);

  const page = await connected.open('Notifications');
  await page.getByRole('tab', { name: 'Channels' }).click();
  const part = page.getByRole('region', { name: 'SMS', exact: true });
  await expect(part.getByRole('status')).toContainText('Stopped. Sending an SMS failed: it needs a paid plan at Ravi');
  await part.getByRole('button', { name: 'Try SMS again' }).click();
  await expect(part.getByRole('status')).toContainText('Ready.');
  await part.getByRole('button', { name: 'Send a test by SMS' }).click();
  await soon(() => texts(sandbox).length).toBe(1);
});

test('no command leaves the machine unless the person allows it', async ({ connected, sandbox }) => {
  await verifyBoth(connected, sandbox);
  await everythingLeaves(connected);
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await sandbox.jean.startTurn(session);
  await sandbox.jean.askPermission(session, 'curl https://internal.acme.test/secret-plan');
  await soon(() => [texts(sandbox).length, subjects(sandbox).length]).toEqual([1, 1]);
  expect(JSON.stringify(sandbox.ravi.sent())).not.toContain('internal.acme.test');
});

test('each kind has its sound, and a volume; where nothing plays it, the page says so', async ({ connected }) => {
  const page = await connected.open('Notifications');
  await page.getByRole('tab', { name: 'Channels' }).click();
  const part = page.getByRole('region', { name: 'Sounds on this desk' });
  await expect(part.getByLabel('A session finished')).toHaveValue('silent');
  await part.getByLabel('A session finished').selectOption('chime');
  await part.getByLabel('Volume of chime, knock and alert').fill('80');
  await part.getByLabel('A session failed').focus();
  await connected.until(({ notifying }) => {
    const sounds = notifying.notifying?.settings.sounds;
    return sounds?.kinds.finished === 'chime' && sounds.volume === 80;
  }, 'they are kept');
});
