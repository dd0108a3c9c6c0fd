import type { Session, Worktree } from './jean/model.ts';
import { pendingLists } from './jean/model.ts';
import { commit, openTask, push, type Task, working } from './story-work.ts';
import type { Sandbox } from './world.ts';

/** Work that comes as the story goes on. */
const backlog: readonly Task[] = [
  { repository: 'shop', branch: 'feature/gift-cards', title: 'Sell gift cards', model: 'sonnet' },
  { repository: 'api', branch: 'fix/etag-cache', title: 'Stop caching errors', backend: 'codex', model: 'gpt-5.3-codex' },
  { repository: 'shop', branch: 'chore/dead-code', title: 'Delete the old basket', model: 'opus' },
  { repository: 'api', branch: 'feature/webhooks', title: 'Sign our webhooks', model: 'opus' },
  { repository: 'shop', branch: 'fix/tax-rounding', title: 'Round taxes per line', model: 'sonnet' },
  { repository: 'api', branch: 'perf/n-plus-one', title: 'Load orders in one query', backend: 'codex', model: 'gpt-5.3-codex' },
];

const commands = ['npm run test:e2e', 'npx playwright install', 'docker compose up -d db', 'bin/rails db:migrate'];

/** How long somebody may be asked before the story answers in Jean's own window, s. */
const patience = 150;

const mostWorktrees = 7;

/** A worktree with its first session, and how that stands. */
interface Seat {
  readonly worktree: Worktree;
  readonly session: Session;
  readonly state: 'running' | 'waiting' | 'finished' | 'failed' | 'idle';
}

/** Does something if there is something to do it to; returns what, or undefined when there is nothing. */
type Act = (sandbox: Sandbox, seats: readonly Seat[], turn: number) => Promise<string | undefined>;

/** Lets the next thing happen: the acts take turns, and one that finds nothing to do gives way. Returns what happened. */
export async function nextAct(sandbox: Sandbox, turn: number): Promise<string | undefined> {
  const overdue = await answer(sandbox, seatsOf(sandbox), turn);
  if (overdue !== undefined) return overdue;
  for (let offset = 0; offset < acts.length; offset += 1) {
    const act = acts[(turn + offset) % acts.length];
    const happened = await act?.(sandbox, seatsOf(sandbox), turn);
    if (happened !== undefined) return happened;
  }
  return undefined;
}

/** A turn that holds commits, pushes and finishes. */
const finish: Act = async ({ jean }, seats) => {
  const seat = oldest(seats, 'running');
  if (seat === undefined) return undefined;
  const { id, name } = seat.session;
  jean.addStep(id, commit(name.replaceAll("'", '')));
  jean.addStep(id, push);
  jean.addStep(id, { do: 'finish' });
  return `${name} is finishing`;
};

const merge: Act = async ({ jean, github, repositories }, seats) => {
  const seat = seats.find(({ worktree, state }) => worktree.cached_pr_status === 'open' && state !== 'running');
  const number = seat?.worktree.pr_number;
  if (seat === undefined || number === undefined) return undefined;
  const { worktree } = seat;
  const repository = Object.values(repositories).find(({ projectId }) => projectId === worktree.project_id);
  if (repository === undefined) return undefined;
  await github.control.mergePull(repository.fullName, number);
  await jean.prStatus(worktree.id, { number, url: worktree.pr_url ?? '', state: 'merged', checkStatus: 'success' });
  return `#${number} was merged`;
};

const openPull: Act = async ({ jean, github, repositories }, seats) => {
  for (const { worktree, session } of seats.filter(
    ({ worktree: { pr_number }, state }) => state === 'finished' && pr_number === undefined,
  )) {
    const repository = Object.values(repositories).find(({ projectId }) => projectId === worktree.project_id);
    const pushed = await jean.run(
      worktree.id,
      `git --git-dir='${repository?.path}' rev-parse --verify -q 'refs/heads/${worktree.branch}'`,
    );
    // What was never pushed has no pull request: without the companion nothing can be.
    if (repository === undefined || pushed.code !== 0) continue;
    const { number } = await github.control.openPull(repository.fullName, { head: worktree.branch, title: session.name });
    const url = `${github.webUrl}/${repository.fullName}/pull/${number}`;
    await jean.prStatus(worktree.id, { number, url, state: 'open', checkStatus: 'pending' });
    return `${session.name} has a pull request`;
  }
  return undefined;
};

const arrive: Act = async (sandbox, seats) => {
  if (seats.length >= mostWorktrees) return undefined;
  const known = new Set(sandbox.jean.emitted().map(({ payload }) => String(Object(payload).branch)));
  const task = backlog.find(({ branch }) => !known.has(branch)) ?? again(known);
  const { session } = await openTask(sandbox, task);
  await sandbox.jean.startTurn(session.id, working(task.title));
  return `${task.title} began`;
};

const ask: Act = async ({ jean }, seats, turn) => {
  const seat = oldest(seats, 'running');
  if (seat === undefined || seats.filter(({ state }) => state === 'waiting').length > 1) return undefined;
  // A command that Codex may run is run for real, so it gets one that does no harm.
  const command = seat.session.backend === 'codex' ? 'git status --short' : commands[turn % commands.length];
  await jean.askPermission(seat.session.id, command ?? 'npm test');
  return `${seat.session.name} wants to run ${command}`;
};

const plan: Act = async ({ jean }, seats) => {
  const seat = seats.find(({ state, session }) => (state === 'finished' || state === 'failed') && session.backend === 'claude');
  if (seat === undefined || seats.some(({ state }) => state === 'waiting')) return undefined;
  const { id, name } = seat.session;
  await jean.startTurn(id, { message: `What is left of "${name}"?`, mode: 'plan', steps: [{ do: 'hold' }] });
  await jean.askPlan(id, `1. Read what changed\n2. Add the tests that are missing\n3. Open the pull request`);
  return `${name} shows a plan`;
};

const resume: Act = async ({ jean }, seats) => {
  const seat =
    oldest(seats, 'failed') ?? seats.find(({ state, worktree }) => state === 'finished' && worktree.pr_number === undefined);
  if (seat === undefined) return undefined;
  await jean.startTurn(seat.session.id, { ...working(seat.session.name), message: 'Try again with less context.' });
  return `${seat.session.name} goes on`;
};

/** Whoever waits too long is answered in Jean's own window. */
const answer: Act = async ({ jean, clock }, seats) => {
  const seat = seats.find(({ state, session }) => state === 'waiting' && clock.now() / 1000 - session.updated_at > patience);
  if (seat === undefined) return undefined;
  const { id, name } = seat.session;
  jean.changeSession(id, { waiting_for_input: false, ...Object.fromEntries(pendingLists.map((list) => [list, []])) });
  if (jean.session(id).last_run_status === 'running') await jean.finishTurn(id);
  await jean.startTurn(id, { ...working(name), message: 'Go ahead.' });
  return `${name} was answered`;
};

const acts: readonly Act[] = [merge, finish, arrive, ask, openPull, resume, finish, plan, openPull];

function seatsOf({ jean }: Sandbox): readonly Seat[] {
  return jean
    .worktrees()
    .filter(({ archived_at }) => archived_at === undefined)
    .flatMap((worktree) =>
      jean
        .sessions(worktree.id)
        .slice(0, 1)
        .map((session) => ({ worktree, session, state: stateOf(session) })),
    );
}

function stateOf(session: Session): Seat['state'] {
  if (session.waiting_for_input || pendingLists.some((list) => session[list].length > 0)) return 'waiting';
  switch (session.runs.at(-1)?.status) {
    case 'running':
    case 'resumable':
      return 'running';
    case 'completed':
      return 'finished';
    case 'crashed':
    case 'cancelled':
      return 'failed';
    default:
      return 'idle';
  }
}

function oldest(seats: readonly Seat[], state: Seat['state']): Seat | undefined {
  return [...seats].filter((seat) => seat.state === state).sort((a, b) => a.session.updated_at - b.session.updated_at)[0];
}

/** The backlog begins anew once all of it was done. */
function again(known: ReadonlySet<string>): Task {
  const [task] = backlog;
  if (task === undefined) throw new Error('There is no work');
  for (let round = 2; ; round += 1) {
    const next = backlog.find(({ branch }) => !known.has(`${branch}-${round}`));
    if (next !== undefined) return { ...next, branch: `${next.branch}-${round}` };
  }
}
