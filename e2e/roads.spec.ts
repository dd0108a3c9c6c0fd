import { playStatusTable } from '../sandbox/jean/status-table.ts';
import { expect, soon, test } from './fixtures/test.ts';

test('every row of the status table is right over each road to Jean, which the app takes by itself, with restarts in the middle', async ({
  launch,
  sandbox,
}) => {
  test.setTimeout(150_000);
  const { jean } = sandbox;
  const { id: worktreeId } = await jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const companion = await launch();
  await companion.request('setup.done', undefined);
  const shown = async (): Promise<Record<string, string>> => {
    const { sessions } = await companion.state();
    return Object.fromEntries(Object.values(sessions).map(({ id, status }) => [id, status]));
  };
  const road = async () => (await companion.state()).instances.local?.road;

  const all: Record<string, string> = {};
  for (const way of ['socket', 'mcp', 'files'] as const) {
    await jean.webAccess(way === 'socket');
    await jean.mcp(way !== 'files');
    await soon(road).toBe(way);
    // What came over the road before is still right, and new ones come to it.
    for (const [id, { status }] of await playStatusTable(jean, worktreeId)) all[id] = status;
    await expect.poll(shown, { timeout: 30_000 }).toMatchObject(all);
    await jean.restart();
    await soon(road).toBe(way);
    await expect.poll(shown, { timeout: 30_000 }).toMatchObject(all);
  }

  const page = await companion.open('Settings');
  const card = page.getByRole('region', { name: 'Jean', exact: true });
  await expect(card).toContainText('read by its files');
  await expect(card).toContainText('Turn on Settings → Web Access in Jean');
  await jean.mcp(true);
  await expect(card).toContainText('by its MCP socket', { timeout: 30_000 });
  await jean.webAccess(true);
  await expect(card).toContainText('its WebSocket', { timeout: 40_000 });
});
