import type { AuditInput } from './audit/log.ts';
import type { WorktreeFacts } from './sessions/happening.ts';

/** An audit entry about what became of a worktree outside of us. */
export function worktreeNote(
  kind: AuditInput['kind'],
  { worktree, project }: WorktreeFacts,
  message: string,
  actor: 'jean' | 'github' = 'jean',
): AuditInput {
  const subject = `${project.name} · ${worktree.name}`;
  return { kind, actor, outcome: 'ok', worktreeId: worktree.id, subject, message, facts: { branch: worktree.branch } };
}
