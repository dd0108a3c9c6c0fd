import type { Page } from '@playwright/test';
import { testJean } from '../sandbox/jean/test-jean.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';

const copy = (companion: Companion, text: string): Promise<void> =>
  companion.app.evaluate(({ clipboard }, copied) => clipboard.writeText(copied), text);
const copied = (companion: Companion): Promise<string> => companion.app.evaluate(({ clipboard }) => clipboard.readText());

const card = (page: Page) => page.getByRole('region', { name: 'Jean', exact: true });
const online = (companion: Companion, many: number) =>
  soon(async () => Object.values((await companion.state()).instances).filter(({ health }) => health === 'online').length).toBe(
    many,
  );

test('a Jean on a server is added by its copied address, told apart, named, and removed with its token', async ({
  connected,
  sandbox,
}) => {
  await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const server = await testJean();
  const { jean } = server;
  try {
    const worktree = await jean.createWorktree(server.projectId, { name: 'queue-v2' });
    const page = await connected.open('Settings');
    await copy(connected, `${jean.url}/?token=${jean.token}`);
    await card(page).getByRole('button', { name: 'Add the copied address' }).click();
    await online(connected, 2);
    expect(await copied(connected)).toBe('');
    const host = new URL(jean.url).host;
    const its = card(page).getByRole('region', { name: host });
    await expect(its).toContainText('its worktrees get no credential from here');

    await its.getByRole('button', { name: `Name and colour of ${host}` }).click();
    await its.getByLabel('Name').fill('Build box');
    await its.getByRole('radio', { name: 'teal' }).check();
    await its.getByRole('button', { name: 'Save' }).click();
    const box = card(page).getByRole('region', { name: 'Build box' });
    await expect(box).toBeVisible();

    await connected.open('Sessions');
    const group = page.getByRole('region', { name: 'Build box' });
    await expect(group.getByRole('listitem').first()).toContainText('on another machine: no credential from here');
    await expect(page.getByRole('region', { name: 'Jean, this computer' })).toContainText('checkout-flake');
    expect((await connected.state()).credentials[worktree.id]).toBeUndefined();

    // The same Jean a second time, and this computer's by its address: neither is counted twice.
    for (const [address, name] of [
      [`${jean.url}/?token=${jean.token}`, 'replaced'],
      [`${sandbox.jean.url}/?token=${sandbox.jean.token}`, 'is watched already'],
    ] as const) {
      await connected.open('Settings');
      await copy(connected, address);
      await card(page).getByRole('button', { name: 'Add the copied address' }).click();
      await expect(page.getByText(name, { exact: false }).first()).toBeVisible();
    }
    await online(connected, 2);
    expect(JSON.stringify(await connected.state())).not.toContain(jean.token);

    await connected.open('Settings');
    await box.getByRole('button', { name: 'Remove Build box' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove Build box?' });
    await expect(dialog).toContainText('1 session leaves the list');
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await soon(async () => Object.keys((await connected.state()).instances)).toEqual(['local']);
    expect((await connected.audit()).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['jean.added', 'jean.removed']));
  } finally {
    await server.close();
  }
});
