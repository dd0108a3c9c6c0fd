import type { FaultAnswer } from '../sandbox/faults.ts';
import type { Sandbox } from '../sandbox/world.ts';
import { type NoticeEntry, type NoticeKind, noticeKind } from '../shared/notifications.ts';
import { everythingLeaves, send, subjects, texts, verifyBoth } from './fixtures/channels.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { sessionIn } from './fixtures/worktrees.ts';

/** Calls to Ravi that are carried out after the app is gone. */
const heldMs = 1_500;

/** Asks for a test message of each kind, and does not wait for what becomes of it. */
function submit(companion: Companion, kinds: readonly NoticeKind[]): void {
  for (const kind of kinds)
    for (const channel of ['sms', 'email'] as const)
      void companion.request('notifications.test', { kind, channel }).catch(() => undefined);
}

const used = async (companion: Companion): Promise<readonly [number, number]> => {
  const { sms, email } = (await companion.state()).channels;
  return [sms?.used ?? 0, email?.used ?? 0];
};

const history = async (companion: Companion): Promise<readonly NoticeEntry[]> => {
  const filter = { show: 'all', kind: null, projectId: null } as const;
  return ((await companion.request('notifications.page', { filter, before: null, limit: 100 })) as { entries: NoticeEntry[] })
    .entries;
};

/** Ravi was heard; a request that it refuses is told there too. */
const connectedAgain = (companion: Companion): Promise<unknown> =>
  companion.until(({ services: { ravi } }) => ravi?.health === 'ok' || ravi?.health === 'warning', 'Ravi is connected');

/** What the calls come to that are under way when the app is killed: carried out after it is gone, answered in vain, never arrived. */
const fates: readonly FaultAnswer[] = [{ delayMs: heldMs }, 'lose', 'drop'];

test('an SMS and a mail of each kind arrive once, though the app is killed in the middle of their calls', async ({
  connected,
  launch,
  sandbox,
}) => {
  test.setTimeout(300_000);
  await verifyBoth(connected, sandbox);
  const kinds = noticeKind.options;
  const batch = Math.ceil(kinds.length / fates.length);
  let companion = connected;
  for (const [n, answer] of fates.entries()) {
    const before = await used(companion);
    for (const path of Object.values(send)) sandbox.ravi.faults.next({ match: { method: 'POST', path }, answer });
    submit(companion, kinds.slice(n * batch, (n + 1) * batch));
    await soon(() => used(companion).then(([sms, email]) => [sms > before[0], email > before[1]])).toEqual([true, true]);
    await companion.kill();
    companion = await launch();
    await connectedAgain(companion);
  }
  await expect
    .poll(() => [texts(sandbox).length, subjects(sandbox).length], { timeout: 150_000 })
    .toEqual([kinds.length, kinds.length]);
  // What comes twice would have come by now: nothing waits any more.
  await companion.until(({ channels }) => channels.sms?.state === 'ready' && channels.email?.state === 'ready', 'nothing waits');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(new Set(texts(sandbox).map((text) => text.split('\n')[0])).size).toBe(kinds.length);
  expect([texts(sandbox).length, new Set(subjects(sandbox)).size]).toEqual([kinds.length, kinds.length]);
});

/** What happens in one worktree each, and what is then told of it. */
const happenings: readonly [string, (sandbox: Sandbox, session: string) => Promise<void>, string][] = [
  ['perm', ({ jean }, id) => jean.askPermission(id, 'npm ci'), 'wants to run a command'],
  [
    'question',
    ({ jean }, id) => jean.askQuestion(id, [{ header: 'Which', question: 'Which one?', options: [{ label: 'This' }] }]),
    'has a question',
  ],
  ['plan', ({ jean }, id) => jean.askPlan(id, '# Plan'), 'has a plan to approve'],
  ['done', ({ jean }, id) => jean.finishTurn(id), 'finished'],
  ['broken', ({ jean }, id) => jean.failTurn(id, 'context limit reached'), 'failed'],
];

test('what a session does right before the app is killed is told once over both channels', async ({
  connected,
  launch,
  sandbox,
}) => {
  test.setTimeout(300_000);
  await verifyBoth(connected, sandbox);
  await everythingLeaves(connected);
  const sessions: string[] = [];
  for (const [name] of happenings) {
    const { session } = await sessionIn(connected, sandbox, name, `Work ${name}`);
    await sandbox.jean.startTurn(session);
    sessions.push(session);
  }
  await connected.until((state) => sessions.every((id) => state.sessions[id]?.status === 'vibing'), 'all run');
  for (const [n, [, happen]] of happenings.entries()) await happen(sandbox, sessions[n] ?? '');
  await connected.until((state) => sessions.every((id) => state.sessions[id]?.status !== 'vibing'), 'all is seen');
  // Bursts are waited for still, and the first calls are under way.
  await connected.kill();

  const again = await launch();
  await connectedAgain(again);
  const words = happenings.map(([name, , told]) => `Work ${name} ${told}`).toSorted();
  await expect.poll(() => subjects(sandbox).toSorted(), { timeout: 150_000 }).toEqual(words);
  await expect
    .poll(
      () =>
        texts(sandbox)
          .map((text) => text.split('\n')[0])
          .toSorted(),
      { timeout: 150_000 },
    )
    .toEqual(words);
});

test('a message of which nobody can say whether it left is not sent again, and said to be in doubt', async ({
  connected,
  launch,
  sandbox,
}) => {
  test.setTimeout(200_000);
  await verifyBoth(connected, sandbox);
  await everythingLeaves(connected);
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const refused = { status: 403, body: { detail: 'Not for you.' } };
  sandbox.ravi.faults.next({ match: { method: 'POST', path: send.sms }, answer: { delayMs: heldMs } });
  sandbox.ravi.faults.next({ match: { method: 'GET', path: '/api/messages/' }, times: 50, answer: refused });
  await sandbox.jean.startTurn(session);
  await sandbox.jean.failTurn(session, 'context limit reached');
  await soon(() => sandbox.ravi.faults.held()).toBe(1);
  await connected.kill();
  await soon(() => texts(sandbox).length).toBe(1);

  const again = await launch();
  await connectedAgain(again);
  const outcome = async () =>
    (await history(again)).flatMap(({ outcomes }) => outcomes).find(({ channel }) => channel === 'sms')?.outcome;
  await expect
    .poll(outcome, { timeout: 90_000 })
    .toMatchObject({ type: 'maybe', why: expect.stringContaining('Nobody can say') });
  const page = await again.open('Notifications');
  await expect(page.getByRole('button', { name: /Mend the flake failed/ })).toContainText('Perhaps sent');
  expect(texts(sandbox)).toHaveLength(1);
  await soon(() => subjects(sandbox)).toEqual(['Mend the flake failed']);
});
