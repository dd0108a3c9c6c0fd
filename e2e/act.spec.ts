import type { Locator, Page } from '@playwright/test';
import type { JeanSandbox } from '../sandbox/jean/jean.ts';
import type { AuditEntry } from '../shared/audit.ts';
import type { SessionStatus } from '../shared/model.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { sessionIn } from './fixtures/worktrees.ts';

const questions = [
  {
    question: 'Which scope do you want?',
    header: 'Scope',
    options: [{ label: 'Backend', description: 'The server alone' }, { label: 'Frontend' }],
  },
];
const plan = '# Mend the flake\n\n1. Read `checkout.test.ts`\n2. Wait for the **payment** instead of a second\n';

type Ask = (jean: JeanSandbox, session: string) => Promise<void>;
type Answer = (panel: Locator) => Promise<void>;

const permission: Ask = (jean, session) => jean.askPermission(session, 'npm ci --ignore-scripts');
const question: Ask = (jean, session) => jean.askQuestion(session, questions);
const showPlan: Ask = (jean, session) => jean.askPlan(session, plan);
const press =
  (name: string): Answer =>
  (panel) =>
    panel.getByRole('button', { name, exact: true }).click();
const chooseByKeyboard: Answer = async (panel) => {
  await panel.getByRole('radio', { name: 'Backend' }).focus();
  await panel.page().keyboard.press('ArrowDown');
  await expect(panel.getByRole('radio', { name: 'Frontend' })).toBeChecked();
  await panel.page().keyboard.press('Enter');
};
const writeOwn: Answer = async (panel) => {
  await panel.getByRole('textbox', { name: 'In your own words' }).fill('Neither, only the tests');
  await press('Send answer')(panel);
};

/** The open row's part about acting. */
async function panelOf(page: Page, name: string): Promise<Locator> {
  const row = page.getByRole('listitem', { name, exact: true });
  const button = row.getByRole('button').first();
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  return row.getByRole('region', { name: `Answer ${name}` });
}

const statusIs = (companion: Companion, session: string, status: SessionStatus) =>
  companion.until(({ sessions }) => sessions[session]?.status === status, `the session is ${status}`);
const asksNothing = (companion: Companion, session: string) =>
  companion.until(({ sessions }) => sessions[session]?.request === null, 'the session asks nothing any more');
const noted = async (companion: Companion, kind: AuditEntry['kind']): Promise<readonly AuditEntry[]> =>
  (await companion.audit()).filter((entry) => entry.kind === kind);

const kinds: readonly [backend: string, what: string, status: SessionStatus, ask: Ask, shown: string, answer: Answer][] = [
  ['claude', 'permission', 'permission', permission, 'npm ci --ignore-scripts', press('Allow once')],
  ['claude', 'question', 'input_required', question, 'Which scope do you want?', chooseByKeyboard],
  ['claude', 'plan', 'plan_approval', showPlan, 'Wait for the payment', press('Approve plan')],
  ['codex', 'permission', 'command_approval', permission, 'npm ci --ignore-scripts', press('Allow for this session')],
  ['codex', 'question', 'input_required', question, 'Which scope do you want?', writeOwn],
  ['codex', 'plan', 'plan_approval', showPlan, 'Wait for the payment', press('Approve in yolo mode')],
  ['opencode', 'permission', 'permission', permission, 'npm ci --ignore-scripts', press('Deny')],
  ['opencode', 'question', 'input_required', question, 'Which scope do you want?', chooseByKeyboard],
  ['opencode', 'plan', 'plan_approval', showPlan, 'Wait for the payment', press('Approve plan')],
];

test('each kind of request of each backend is shown in full and answered from the window', async ({ connected, sandbox }) => {
  test.setTimeout(180_000);
  const { jean } = sandbox;
  const { worktree } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const page = await connected.open('Sessions');
  for (const [backend, what, status, ask, shown, answer] of kinds) {
    const name = `${backend} ${what}`;
    const session = jean.createSession(worktree.id, { name, backend }).id;
    await ask(jean, session);
    await statusIs(connected, session, status);
    const panel = await panelOf(page, name);
    await expect(panel, name).toContainText(shown);
    await answer(panel);
    await asksNothing(connected, session);
    await expect(panel.getByRole('button', { name: /^(Allow|Approve|Deny|Send answer)/ }), name).toHaveCount(0);
    expect(jean.session(session), name).toMatchObject({ waiting_for_input: false });
  }
  const answers = await noted(connected, 'session.answered');
  expect(answers.map(({ outcome, actor }) => `${outcome} ${actor}`)).toEqual(kinds.map(() => 'ok person'));
  expect(answers[0]?.message).toBe('Allowed once: npm ci --ignore-scripts');
  expect(answers[0]?.facts).toMatchObject({ session: 'claude permission', agent: 'claude', by: expect.any(String) });
});

test('an answer to what the session asked before is refused, and the new request shown', async ({ connected, sandbox }) => {
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  jean.changeSession(session, { backend: 'codex' });
  await permission(jean, session);
  await statusIs(connected, session, 'command_approval');
  const page = await connected.open('Sessions');
  const panel = await panelOf(page, 'Mend the flake');
  await expect(panel).toContainText('npm ci --ignore-scripts');
  const shown = (await connected.request('sessions.request', { sessionId: session })) as { fingerprint: string };
  await panel.getByRole('button', { name: 'Allow once' }).click();
  await asksNothing(connected, session);
  await jean.askPermission(session, 'rm -rf build');
  await expect(panel).toContainText('rm -rf build');
  const late = connected.request('sessions.answer', {
    sessionId: session,
    fingerprint: shown.fingerprint,
    answer: { kind: 'allow-once' },
  });
  await expect(late).rejects.toThrow('does not ask this any more');
  expect((await noted(connected, 'session.answered')).map(({ outcome }) => outcome)).toEqual(['ok', 'refused']);
  expect(jean.calls().filter((call) => call.kind === 'invoke' && call.command === 'respond_codex_command_approval')).toHaveLength(
    1,
  );
  await panel.getByRole('button', { name: 'Deny' }).click();
  await asksNothing(connected, session);
});

test('a Jean that refuses, or is lost in the middle, leaves the request where it is with a sentence and Retry', async ({
  connected,
  sandbox,
}) => {
  const { jean } = sandbox;
  const { session, worktree } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await showPlan(jean, session);
  await statusIs(connected, session, 'plan_approval');
  const page = await connected.open('Sessions');
  const panel = await panelOf(page, 'Mend the flake');
  const broken = { match: { method: 'INVOKE', path: 'mark_plan_approved' }, times: 1 };
  jean.faults.next({ ...broken, answer: { status: 500, body: { message: 'Disk is full' } } });
  await press('Approve plan')(panel);
  await expect(panel.getByRole('status')).toContainText('Approve plan did not work. Jean refused');
  await expect(panel.getByRole('region', { name: 'The plan' })).toBeVisible();

  jean.faults.next({ match: { method: 'INVOKE', path: 'enqueue_message' }, times: 1, answer: 'lose' });
  await panel.getByRole('button', { name: 'Retry' }).click();
  await expect(panel.getByRole('status')).toContainText('The connection to Jean was lost before it answered.');
  await connected.until(({ instances }) => Object.values(instances)[0]?.health === 'online', 'Jean is back');
  await panel.getByRole('button', { name: 'Retry' }).click();
  await expect(panel.getByRole('button', { name: 'Retry' })).toBeHidden();
  await soon(async () => (await noted(connected, 'session.answered')).map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    'ok',
  ]);
  const kept = jean.sessions(worktree.id).find(({ id }) => id === session);
  expect(kept?.messages.filter(({ content }) => content.startsWith('Plan approved'))).toHaveLength(1);
});

test('a message is sent, a run cancelled, a session opened in Jean, and its worktree archived with its credential', async ({
  connected,
  sandbox,
}) => {
  const { jean } = sandbox;
  const { session, worktree } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  jean.answerWith(() => ({}));
  const page = await connected.open('Sessions');
  const panel = await panelOf(page, 'Mend the flake');
  const field = panel.getByRole('textbox', { name: 'Next message to Mend the flake' });
  await field.fill('Look at the retries too');
  await page.keyboard.press('Control+Enter');
  await statusIs(connected, session, 'vibing');
  await expect(field).toHaveValue('');
  await field.fill('And then lint');
  await panel.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('The message waits until Mend the flake is done.')).toBeVisible();
  expect(jean.session(session)).toMatchObject({ queued_messages: [{ message: 'And then lint' }] });

  await panel.getByRole('button', { name: 'Open Mend the flake in Jean' }).click();
  await expect(panel.getByRole('status')).toContainText('The session is the open one of its worktree now.');

  jean.changeSession(session, { queued_messages: [] });
  await panel.getByRole('button', { name: 'Cancel the run of Mend the flake' }).click();
  await statusIs(connected, session, 'cancelled');

  await panel.getByRole('button', { name: 'Archive worktree…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Archive checkout-flake' });
  await expect(dialog).toContainText('Its credential is revoked at GitHub and deleted from the vault.');
  await dialog.getByRole('button', { name: 'Archive worktree' }).click();
  await connected.until(({ worktrees }) => worktrees[worktree.id] === undefined, 'the worktree is gone');
  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'revoked', 'its credential is dead');
  const done = (await connected.audit()).filter(({ kind }) => kind.startsWith('session.') || kind === 'worktree.archived');
  expect(done.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'session.messaged ok',
    'session.messaged ok',
    'session.opened ok',
    'session.cancelled ok',
    'worktree.archived ok',
  ]);
});

test('what the road to Jean can’t carry is not offered, and a sentence says why and how', async ({ connected, sandbox }) => {
  test.setTimeout(120_000);
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  jean.answerWith(() => ({}));
  await showPlan(jean, session);
  await statusIs(connected, session, 'plan_approval');
  const page = await connected.open('Sessions');
  const panel = await panelOf(page, 'Mend the flake');
  const approve = panel.getByRole('button', { name: 'Approve plan' });
  await expect(approve).toBeVisible();
  const by = (road: string) =>
    connected.until(({ instances }) => Object.values(instances)[0]?.road === road, `Jean is watched by ${road}`, 40_000);

  await jean.webAccess(false);
  await by('mcp');
  await expect(panel).toContainText('Jean’s MCP socket takes no answers.');
  await expect(approve).toBeHidden();
  await expect(panel.getByRole('button', { name: /in Jean$/ })).toBeHidden();
  await panel.getByRole('textbox', { name: 'Next message to Mend the flake' }).fill('Leave the API as it is');
  await panel.getByRole('button', { name: 'Send' }).click();
  await statusIs(connected, session, 'vibing');
  await panel.getByRole('button', { name: 'Cancel the run of Mend the flake' }).click();
  await statusIs(connected, session, 'cancelled');

  await jean.mcp(false);
  await by('files');
  await expect(panel).toContainText('Jean is only read by its files, which the Companion never writes.');
  await expect(panel.getByRole('button', { name: 'Send' })).toBeHidden();
});

test('a Jean that goes takes its answers with it, and brings them back', async ({ connected, sandbox }) => {
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await showPlan(jean, session);
  await statusIs(connected, session, 'plan_approval');
  const panel = await panelOf(await connected.open('Sessions'), 'Mend the flake');
  const approve = panel.getByRole('button', { name: 'Approve plan' });
  await expect(approve).toBeVisible();
  const { port } = jean;
  await jean.stop();
  await expect(panel).toContainText('Nothing can be done from here until Jean is back.', { timeout: 30_000 });
  await expect(approve).toBeHidden();
  await jean.start(port);
  await expect(approve).toBeVisible({ timeout: 30_000 });
  await approve.click();
  await asksNothing(connected, session);
});

test('from the tray a session that waits is opened in Jean, and the window says how far that went', async ({
  connected,
  desktop,
  sandbox,
}) => {
  const { jean } = sandbox;
  const { session, worktree } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  jean.createSession(worktree.id, { name: 'Another' });
  await permission(jean, session);
  const item = await desktop.tray.waitForItem();
  await soon(async () => JSON.stringify(await item.menu())).toContain('Open in Jean');
  await connected.closeWindow();
  await item.clickLabel('Open in Jean');
  const page = await connected.page();
  await expect(page.getByText('The session is the open one of its worktree now.')).toBeVisible();
  expect(jean.calls().some((call) => call.kind === 'invoke' && call.command === 'set_active_session')).toBe(true);
});
