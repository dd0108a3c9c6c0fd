import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Sandbox } from '../../sandbox/world.ts';
import { menuText } from '../desktop/menu.ts';
import type { NotificationHost } from '../desktop/notifications.ts';
import type { TrayHost, TrayItem } from '../desktop/status-notifier.ts';
import type { Companion } from '../fixtures/companion.ts';

export interface Stage {
  readonly sandbox: Sandbox;
  readonly connect: () => Promise<Companion>;
  readonly tray: TrayHost;
  readonly notifications: NotificationHost;
  /** Folder for screenshots and the tray's menu. */
  readonly out: string;
}

interface Step {
  readonly name: string;
  readonly ms: number;
}

function expected(what: string, isSo: boolean, found?: unknown): void {
  if (!isSo) throw new Error(`Expected: ${what}.${found === undefined ? '' : ` Found: ${JSON.stringify(found)}`}`);
}

async function until<T>(what: string, look: () => T | Promise<T>, isSo: (value: T) => boolean, limitMs = 15_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`Expected: ${what}. Found: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Plays a credential's whole life through the real app, each step checked from outside: at GitHub, in the vault, on the bus, in git. */
export async function playLife(stage: Stage): Promise<boolean> {
  const { sandbox, tray, notifications, out } = stage;
  const { jean, ravi, raviAccount } = sandbox;
  const github = sandbox.github.control;
  const steps: Step[] = [];
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const value = await act();
    const ms = Math.round(performance.now() - started);
    steps.push({ name, ms });
    console.log(`${String(ms).padStart(6)} ms  ${name}`);
    return value;
  };
  const alive = (): readonly string[] => github.liveTokens().map(({ hash }) => hash);
  const vaultKeys = (): readonly string[] => ravi.secrets(raviAccount.identityUuid).map(({ key }) => key);
  let companion: Companion | undefined;
  try {
    const app = await step('the app starts, finds Jean, signs in to Ravi and connects the GitHub App', stage.connect);
    companion = app;
    const item = await tray.waitForItem(10_000, app.pid);
    await step('every worktree that was there gets a credential of its own', async () => {
      const { worktrees, credentials } = await app.until(
        (s) =>
          Object.keys(s.worktrees).length >= 5 &&
          Object.values(s.worktrees).every((w) => w.base || ended(s.credentials[w.id]?.state)),
        'each worktree has a credential, or its pull request is merged',
      );
      expected('no two worktrees share a credential', new Set(alive()).size === alive().length, Object.keys(worktrees).length);
      return credentials;
    });

    const worktree = await step('Jean makes a worktree, and its credential is live', async () => {
      const made = await jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'gift-cards' });
      await app.until((s) => s.credentials[made.id]?.state === 'active', 'the credential of gift-cards is active');
      return made;
    });
    const fingerprint = async (): Promise<string> => (await app.state()).credentials[worktree.id]?.fingerprint ?? '';
    const first = await fingerprint();
    expected('it is in the vault', vaultKeys().includes('JEAN_GH_TOKEN_SHOP_GIFT_CARDS'), vaultKeys());

    await step('git commits and pushes there, with no credential in its environment or files', () =>
      push(stage, worktree.id, 'Add gift cards'),
    );
    await step('GitHub saw the push as the bot, with that worktree’s credential', async () => {
      const pushed = github.pushes().at(-1);
      expected('the pusher is the App’s bot', pushed?.login === 'acme-agents[bot]', pushed);
      expected('the credential is the worktree’s own', pushed?.tokenHash === first, pushed);
      const author = pushed?.commits.at(-1)?.author.email;
      expected('the commit is the bot’s', author?.endsWith('+acme-agents[bot]@users.noreply.127.0.0.1') ?? false, author);
    });

    const page = await app.page();
    await photograph(page, out);
    await step('the person clicks Rotate: the old credential is dead, the next push works with the new one', async () => {
      await page.getByRole('link', { name: /^Sessions/ }).click();
      await page.getByRole('button', { name: 'Rotate gift-cards' }).click();
      await until('the old credential is dead at GitHub', alive, (hashes) => !hashes.includes(first));
      await until('the new one is shown', fingerprint, (now) => now !== first);
      await push(stage, worktree.id, 'Let gift cards expire');
      expected(
        'the push was made with the new one',
        github.pushes().at(-1)?.tokenHash === (await fingerprint()),
        github.pushes().at(-1),
      );
    });

    await step('its session finishes: a notification is shown, and the tray changes', () =>
      finishSession(app, stage, worktree, item),
    );
    await writeFile(join(out, 'tray-menu.txt'), `${await item.toolTip()}\n\n${menuText(await item.menu())}\n`);

    await step('its pull request is merged: dead at GitHub, gone from the vault, and git there fails closed', async () => {
      const second = await fingerprint();
      jean.attachUi(false);
      const pull = await github.openPull('acme/shop', { head: worktree.branch, title: 'Gift cards' });
      await github.mergePull('acme/shop', pull.number);
      await jean.prStatus(worktree.id, {
        number: pull.number,
        url: `${sandbox.github.webUrl}/acme/shop/pull/${pull.number}`,
        state: 'merged',
      });
      await app.until((s) => s.credentials[worktree.id]?.state === 'revoked', 'the credential is revoked');
      expected('it is dead at GitHub', !alive().includes(second), alive().length);
      expected('it is gone from the vault', !vaultKeys().includes('JEAN_GH_TOKEN_SHOP_GIFT_CARDS'), vaultKeys());
      const { code, stderr } = await jean.run(worktree.id, 'git push origin HEAD:refs/heads/late');
      expected('git fails and says why', code !== 0 && stderr.includes('Its pull request was merged'), { code, stderr });
    });

    await step('the audit chain verifies, and tells the story', async () => {
      const check = (await app.request('audit.verify', undefined)) as { ok: boolean; message: string };
      expected('the chain is whole', check.ok, check.message);
      const kinds = (await app.audit()).filter((entry) => entry.worktreeId === worktree.id).map((entry) => entry.kind);
      let at = -1;
      for (const kind of story) {
        at = kinds.indexOf(kind, at + 1);
        expected(`the log tells "${kind}" in its place`, at >= 0, kinds);
      }
    });

    await step('all worktrees are archived: nothing is left', async () => {
      for (const { id, session_type } of jean.worktrees()) if (session_type !== 'base') jean.archiveWorktree(id);
      await until('no credential is alive at GitHub', alive, (hashes) => hashes.length === 0);
      await until('no entry of ours is in the vault', vaultKeys, (keys) => keys.length === 0);
    });
    await step('the app quits, and its tray icon is gone', async () => {
      await app.quit();
      await tray.waitForNone();
    });
    notifications.clear();
    console.log(JSON.stringify({ demo: 'ok', steps, liveTokens: alive().length, orphans: vaultKeys().length }));
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(
      (await companion?.audit().catch(() => []))
        ?.slice(-12)
        .map((e) => `${e.kind}: ${e.message}`)
        .join('\n'),
    );
    await companion?.quit().catch(() => undefined);
    console.log(JSON.stringify({ demo: 'failed', steps, liveTokens: alive().length, orphans: vaultKeys().length }));
    return false;
  }
}

const story = [
  'worktree.appeared',
  'credential.minted',
  'credential.stored',
  'credential.installed',
  'credential.used',
  'credential.accepted',
  'credential.minted',
  'credential.rotated',
  'credential.verified-dead',
  'credential.used',
  'pull.merged',
  'credential.revoked',
  'credential.verified-dead',
  'credential.removed',
  'credential.refused',
] as const;

const ended = (state: string | undefined): boolean => state === 'active' || state === 'revoked' || state === undefined;

async function push({ sandbox }: Stage, worktreeId: string, message: string): Promise<void> {
  const before = sandbox.github.control.pushes().length;
  const command = `echo "${message}" >> notes.txt && git add notes.txt && git commit -qm "${message}" && git push -q origin HEAD`;
  const { code, stderr } = await sandbox.jean.run(worktreeId, command);
  expected('the push succeeds', code === 0, stderr);
  expected('GitHub has it', sandbox.github.control.pushes().length === before + 1);
}

async function finishSession(
  app: Companion,
  { sandbox, notifications }: Stage,
  worktree: { readonly id: string },
  item: TrayItem,
): Promise<void> {
  const [known] = sandbox.jean.sessions(worktree.id);
  const session = known ?? (await sandbox.jean.createSession(worktree.id, { name: 'Gift cards' }));
  await sandbox.jean.startTurn(session.id);
  await app.until((s) => s.sessions[session.id]?.status === 'vibing', 'the session runs');
  // Nobody is told of what they are looking at.
  await (await app.page()).getByRole('link', { name: 'Audit' }).click();
  const tooltip = await item.toolTip();
  notifications.clear();
  await sandbox.jean.finishTurn(session.id);
  const shown = await notifications.waitFor(({ summary }) => summary.includes('finished'));
  expected('the notification names the worktree', shown.body.includes('gift-cards'), shown.body);
  await until(
    'the tray says one less is running',
    () => item.toolTip(),
    (now) => now !== tooltip,
  );
}

/** Every page, light and dark. */
async function photograph(page: Page, out: string): Promise<void> {
  for (const name of ['Sessions', 'Credentials', 'Audit', 'Settings']) {
    await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(out, `${name.toLowerCase()}-${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: null });
}
