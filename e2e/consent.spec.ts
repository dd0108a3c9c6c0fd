import { once } from 'node:events';
import { WebSocket } from 'ws';
import { grantFor, knock, turnedOn } from './fixtures/remote.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';
import { provisioned } from './fixtures/worktrees.ts';

test('what is taken away is named first, with whose and how much; Enter on the question leaves all as it is', async ({
  connected,
  sandbox,
}) => {
  const { credential } = await provisioned(connected, sandbox, 'asked-first');
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${ana.token}` } });
  await once(socket, 'open');
  await connected.until(({ connections }) => Object.keys(connections).length === 1, 'Ana is in');

  const page = await connected.open('Remote access');
  const ask = async (button: string, title: string, says: RegExp) => {
    await page.getByRole('button', { name: button }).press('Enter');
    const dialog = page.getByRole('dialog', { name: title });
    await expect(dialog).toContainText(says);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath(`${title.replaceAll(/\W+/g, '-')}.png`) });
    // The first button has the focus, and keeps.
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    return page.getByRole('button', { name: button }).press('Enter');
  };

  await ask('Make a new token', 'A new token for Jean, this computer', /old one is dead from then on/);
  await page.keyboard.press('Escape');
  await ask(
    'Stop sharing Jean',
    'Stop sharing Jean, this computer',
    /Ana is connected now.*Its token.*is deleted from Ravi’s vault/,
  );
  await page.keyboard.press('Escape');
  expect(socket.readyState).toBe(WebSocket.OPEN);
  await ask('Turn off remote access', 'Turn off remote access', /Ana is connected now.*1 grant stays/);
  const closed = once(socket, 'close');
  await page.getByRole('button', { name: 'Turn it off' }).press('Enter');
  await closed;
  await soon(() => knock(address, ana.token), 'off').toBe(0);

  await connected.open('Settings');
  await ask('Disconnect GitHub', 'Disconnect the GitHub App', /1 credential is revoked at GitHub first/);
  expect(sandbox.github.control.liveTokens()).toHaveLength(1);
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).press('Enter');
  await soon(() => sandbox.github.control.liveTokens().length, 'revoked').toBe(0);
  await connected.until(
    ({ credentials, services }) => credentials[credential.worktreeId]?.managed === false && services.github?.health === 'absent',
    'git is the person’s own again',
  );
});
