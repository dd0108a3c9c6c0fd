import type { Session, Worktree } from './jean/model.ts';
import type { TurnScript, TurnStep } from './jean/script.ts';
import type { Sandbox } from './world.ts';

/** A piece of work in the story. */
export interface Task {
  readonly repository: 'shop' | 'api';
  readonly branch: string;
  readonly title: string;
  readonly backend?: 'claude' | 'codex';
  readonly model: string;
}

/** Creates a task's worktree with its session, named and set up but not running yet. */
export async function openTask(sandbox: Sandbox, task: Task): Promise<{ worktree: Worktree; session: Session }> {
  const { jean, repositories } = sandbox;
  const worktree = await jean.createWorktree(repositories[task.repository].projectId, { name: task.branch, branch: task.branch });
  const [first] = jean.sessions(worktree.id);
  if (first === undefined) throw new Error(`The worktree ${worktree.name} has no session`);
  const session = jean.changeSession(first.id, {
    name: task.title,
    backend: task.backend ?? 'claude',
    selected_model: task.model,
    selected_execution_mode: 'build',
  });
  return { worktree, session };
}

/** A turn that works on something until it is told what happens. */
export function working(title: string): TurnScript {
  return {
    message: title,
    mode: 'build',
    steps: [
      { do: 'think', text: `Where does "${title}" begin?` },
      { do: 'tool', name: 'Read', input: { file_path: 'README.md' }, output: '' },
      { do: 'say', text: `I have seen enough to start: ${title.toLowerCase()}.\n` },
      { do: 'hold' },
    ],
  };
}

/** A real commit, in a file of the branch's own so that every branch can be merged. */
export function commit(title: string): TurnStep {
  const file = '"changes/$(git branch --show-current | tr / -).md"';
  return {
    do: 'shell',
    command: `mkdir -p changes && echo '- ${title}' >> ${file} && git add -A && git commit -q -m '${title}'`,
  };
}

/** A real push, with whatever credential this worktree has; without one it fails and the session says so. */
export const push: TurnStep = { do: 'shell', command: 'git push -q -u origin HEAD' };
