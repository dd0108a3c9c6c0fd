import { createServer } from 'node:http';
import { join } from 'node:path';
import { grantFor, linkOf, turnedOn } from './fixtures/remote.ts';
import { test as base, expect, soon } from './fixtures/test.ts';
import { Visitor } from './fixtures/visitor.ts';

const test = base.extend<{ readonly visitor: Visitor }>({
  visitor: async ({ folder }, use) => {
    const visitor = await Visitor.start(join(folder, 'visitor'));
    await use(visitor);
    await visitor.close();
  },
});

test('Jean’s page works in a browser through the gateway: it loads, lists projects and hears what happens', async ({
  connected,
  sandbox,
  visitor,
}) => {
  const address = await turnedOn(connected);
  const shown = await grantFor(connected, { person: 'Ana', role: 'operator' });
  expect(linkOf(shown)).toBe(`${address}/?token=${shown.token}`);

  const page = await visitor.open('ana', linkOf(shown));
  await expect(page.locator('#state')).toHaveText('Connected');
  await expect(page.locator('#projects li')).toHaveText(['shop', 'api']);
  // The token is in no address, and the page can't read the cookie that took its place.
  expect(page.url()).toBe(`${address}/`);
  expect(await page.evaluate(() => [document.cookie, history.length])).toEqual(['', expect.any(Number)]);
  expect(JSON.stringify(await page.evaluate(() => performance.getEntries()))).not.toContain(shown.token);
  expect(await visitor.cookies('ana')).toEqual([
    { name: expect.stringMatching(/^jrc-[0-9a-f]{8}$/), httpOnly: true, secure: false, sameSite: 'strict', ends: false },
  ]);
  expect(await page.evaluate(() => document.body.dataset.seesToken)).toBe('false');

  const { jean, repositories } = sandbox;
  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  await expect(page.locator('#events')).toContainText('worktree:created');
  const [session] = jean.sessions(worktree.id);
  await page.reload();
  await expect(page.locator('#state')).toHaveText('Connected');
  await page.locator('#to').selectOption(session?.id ?? '');
  await page.locator('#text').fill('Mend the flake');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.locator('#answer')).toHaveText('Done');
  await expect(page.locator('#events')).toContainText('chat:done');
  const state = await connected.until(({ connections }) => Object.keys(connections).length === 1, 'one person is in');
  expect(Object.values(state.connections)[0]).toMatchObject({ person: 'Ana', role: 'operator', address: '127.0.0.1' });
});

test('of two people one is revoked and is out within a second, the other notices nothing, and the log tells all of it', async ({
  connected,
  desktop,
  sandbox,
  visitor,
}) => {
  await turnedOn(connected);
  const [ana, ben] = [
    await grantFor(connected, { person: 'Ana' }),
    await grantFor(connected, { person: 'Ben', role: 'operator' }),
  ];
  const [annas, bens] = [await visitor.open('ana', linkOf(ana)), await visitor.open('ben', linkOf(ben))];
  await expect(annas.locator('#state')).toHaveText('Connected');
  await expect(bens.locator('#state')).toHaveText('Connected');
  await connected.until(({ connections }) => Object.keys(connections).length === 2, 'two people are in');
  const item = await desktop.tray.waitForItem();
  await soon(async () => JSON.stringify(await item.menu())).toContain('2 people connected');
  // Both speak Jean's real protocol, each as far as the role goes.
  const { jean, repositories } = sandbox;
  await jean.createWorktree(repositories.shop.projectId, { name: 'checkout-flake' });
  await expect(annas.locator('#events')).toContainText('worktree:created');
  await expect(bens.locator('#events')).toContainText('worktree:created');
  await annas.locator('#text').fill('Delete everything');
  await annas.getByRole('button', { name: 'Send' }).click();
  await expect(annas.locator('#answer')).toContainText(/viewer|may not|not allowed/i);
  const undisturbed = await bens.evaluate(() => {
    const seen: string[] = [];
    new MutationObserver(() => seen.push(document.getElementById('state')?.textContent ?? '')).observe(
      document.getElementById('state') as Node,
      { childList: true, characterData: true, subtree: true },
    );
    Object.assign(window, { statesSeen: seen });
    return document.getElementById('state')?.textContent;
  });
  expect(undisturbed).toBe('Connected');

  // Measured in her own browser, from the moment at which the person's click is answered.
  const out = annas.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (document.getElementById('state')?.textContent === 'Connected') setTimeout(look, 5);
          else resolve(Date.now());
        };
        look();
      }),
  );
  const clicked = Date.now();
  await connected.request('grants.revoke', { grantIds: [ana.grantId] });
  expect((await out) - clicked).toBeLessThan(1_000);
  await expect(annas.locator('#state')).toHaveText('A token is needed');
  await annas.goto(linkOf(ana));
  await expect(annas.locator('body')).not.toContainText('shop');

  await jean.createWorktree(repositories.api.projectId, { name: 'rails-8' });
  await expect(bens.locator('#sessions')).toContainText('rails-8');
  expect(await bens.evaluate(() => (window as unknown as { statesSeen: string[] }).statesSeen)).toEqual([]);

  await soon(async () => (await connected.audit()).map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(
    expect.arrayContaining([
      'remote.listening null',
      'grant.created Ana',
      'grant.created Ben',
      'remote.connected Ana',
      'remote.connected Ben',
      'remote.refused Ana',
      'grant.revoked Ana',
      'remote.disconnected Ana',
    ]),
  );
  const { ok } = (await connected.request('audit.verify', undefined)) as { ok: boolean };
  expect(ok).toBe(true);
  const left = (await connected.audit()).find(
    ({ kind, subject, facts }) => kind === 'remote.disconnected' && subject === 'Ana' && facts.commands,
  );
  expect(left?.facts).toMatchObject({ role: 'viewer', address: '127.0.0.1', commands: expect.stringContaining('list_projects') });
});

test('a link on another site’s page lets in, though the cookie is for this site alone; one that works once waits for a button', async ({
  connected,
  visitor,
}) => {
  await turnedOn(connected);
  const [ana, ben] = [await grantFor(connected, { person: 'Ana' }), await grantFor(connected, { person: 'Ben', oneTime: true })];
  // `localhost` is another site than 127.0.0.1.
  const mail = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<a href="${linkOf(ana)}">Ana</a> <a href="${linkOf(ben)}">Ben</a>`);
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
  const address = mail.address();
  const inbox = `http://localhost:${typeof address === 'object' ? address?.port : 0}/`;

  const annas = await visitor.open('ana', inbox);
  await annas.getByRole('link', { name: 'Ana' }).click();
  await expect(annas.locator('#state')).toHaveText('Connected');

  const bens = await visitor.open('ben', inbox);
  await bens.getByRole('link', { name: 'Ben' }).click();
  await bens.getByRole('button', { name: 'Open Jean in this browser' }).click();
  await expect(bens.locator('#state')).toHaveText('Connected');

  const late = await visitor.open('late', linkOf(ben));
  await expect(late.getByRole('heading')).toHaveText('You can’t come in with this');
  mail.closeAllConnections();
  mail.close();
});
