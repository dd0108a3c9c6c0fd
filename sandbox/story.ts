import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Worktree } from './jean/model.ts';
import type { TurnScript, TurnStep } from './jean/script.ts';
import { nextAct } from './story-acts.ts';
import { commit, openTask, push, type Task, working } from './story-work.ts';
import type { Sandbox } from './world.ts';

/** What is going on when the story begins, as in the design's picture; `minutes` ago. */
const opening: readonly (Task & {
  readonly minutes: number;
  readonly state: 'needs permission' | 'running' | 'finished' | 'failed';
})[] = [
  {
    repository: 'shop',
    branch: 'checkout-flake',
    title: 'Fix flaky checkout test',
    model: 'sonnet',
    minutes: 0.7,
    state: 'needs permission',
  },
  {
    repository: 'shop',
    branch: 'feature/apple-pay',
    title: 'Add Apple Pay to checkout',
    model: 'opus',
    minutes: 12,
    state: 'running',
  },
  { repository: 'shop', branch: 'deps/rails-8', title: 'Upgrade to Rails 8', model: 'opus', minutes: 3, state: 'finished' },
  {
    repository: 'api',
    branch: 'rate-limit',
    title: 'Rate limiter for public endpoints',
    backend: 'codex',
    model: 'gpt-5.3-codex',
    minutes: 2,
    state: 'running',
  },
  { repository: 'api', branch: 'queue-v2', title: 'Move jobs to the new queue', model: 'opus', minutes: 6, state: 'failed' },
];

const minute = 60_000;

/** Sets the scene: five sessions in two projects, one of which needs somebody. Sessions answer to commands from here on. */
export async function seedStory(sandbox: Sandbox): Promise<void> {
  const { jean } = sandbox;
  jean.answerWith((session, message) => answerTo(session, message.message, message.executionMode === 'plan'));
  for (const scene of opening) {
    const { worktree, session } = await openTask(sandbox, scene);
    switch (scene.state) {
      case 'needs permission':
        await jean.startTurn(session.id, working(scene.title));
        await jean.askPermission(session.id, 'npm ci --ignore-scripts');
        break;
      case 'running':
        await jean.startTurn(session.id, working(scene.title));
        break;
      case 'finished':
        await jean.startTurn(session.id, { ...working(scene.title), steps: [commit(scene.title)] });
        await jean.turnEnded(session.id);
        await openSeededPull(sandbox, scene, worktree);
        break;
      case 'failed':
        await jean.startTurn(session.id, working(scene.title));
        await jean.failTurn(session.id, 'context limit reached');
        break;
      default:
        scene.state satisfies never;
    }
    jean.backdate(session.id, scene.minutes * minute);
  }
}

/**
 * Lets the story go on until aborted: every 20 to 40 s a turn ends or begins, somebody is asked, a pull request is opened or merged, a
 * worktree comes. `pace` 2 goes twice as fast.
 */
export async function playStory(
  sandbox: Sandbox,
  signal: AbortSignal,
  how: { readonly pace?: number; readonly random?: () => number } = {},
): Promise<void> {
  const { pace = 1, random = Math.random } = how;
  for (let turn = 0; !signal.aborted; turn += 1) {
    try {
      await delay((20_000 + random() * 20_000) / pace, undefined, { signal });
      await nextAct(sandbox, turn);
    } catch (error) {
      if (signal.aborted) return;
      // Somebody may have taken away what this act was about, in the middle of it. The story goes on with the next.
      console.error('sandbox: an act of the story came to nothing:', error instanceof Error ? error.message : error);
    }
  }
}

/** What a session does with a message: an approved command runs, a plan is made or carried out, anything else is worked on. */
function answerTo(session: Session, message: string, plan: boolean): TurnScript {
  if (plan) {
    const text = `1. Look at what is there\n2. ${message}\n3. Test it`;
    return {
      steps: [
        { do: 'think', text: message },
        { do: 'pause', ms: 3000 },
      ],
      end: { how: 'plan', plan: text },
    };
  }
  return {
    steps: [
      { do: 'say', text: 'Going on.\n' },
      ...(/approved the command/i.test(message) ? [approved] : []),
      { do: 'pause', ms: 8000 },
      commit(session.name.replaceAll("'", '')),
      push,
      { do: 'say', text: 'Done, and pushed if I was let.\n' },
    ],
  };
}

const approved: TurnStep = {
  do: 'tool',
  name: 'Bash',
  input: { command: 'npm ci --ignore-scripts' },
  output: 'added 412 packages in 6s\n',
};

/** The pull request of work that was pushed before the story began: straight into the repository, as that was long ago. */
async function openSeededPull(sandbox: Sandbox, task: Task, worktree: Worktree): Promise<void> {
  const { jean, github, repositories } = sandbox;
  const { fullName, path } = repositories[task.repository];
  const pushed = await jean.run(worktree.id, `git push -q '${path}' HEAD:refs/heads/${task.branch}`);
  if (pushed.code !== 0) throw new Error(`The story cannot begin: ${pushed.stderr}`);
  const { number } = await github.control.openPull(fullName, { head: task.branch, title: task.title });
  await jean.prStatus(worktree.id, {
    number,
    url: `${github.webUrl}/${fullName}/pull/${number}`,
    state: 'open',
    checkStatus: 'success',
  });
}
