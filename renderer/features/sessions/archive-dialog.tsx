import type { CredentialView, SessionView, WorktreeView } from '../../../shared/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

interface ArchiveDialogProps {
  readonly what: 'session' | 'worktree';
  readonly session: SessionView;
  readonly worktree: WorktreeView;
  readonly credential: CredentialView | null;
  /** Other sessions of the worktree. */
  readonly others: number;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

/** Asks before something is archived, and names what follows. */
export function ArchiveDialog({ what, session, worktree, credential, others, onYes, onClose }: ArchiveDialogProps) {
  const has = credential !== null && credential.state !== 'revoked' && credential.state !== 'absent';
  return (
    <Dialog title={what === 'session' ? `Archive ${session.name}` : `Archive ${worktree.name}`} onClose={onClose}>
      {what === 'session' ? (
        <>
          <p className="dialog-text">
            The session is archived in Jean, and what it runs is cancelled. Jean can bring it back; one that never had a message
            it deletes.
          </p>
          <p className="dialog-text">The worktree stays, with its credential.</p>
        </>
      ) : (
        <>
          <p className="dialog-text">
            The worktree is archived in Jean{others > 0 ? ` with all its ${others + 1} sessions` : ''}, and what runs there is
            cancelled. Jean can bring it back.
          </p>
          {has && (
            <p className="dialog-text">
              {credential.shared
                ? 'Its credential is taken away from it; the token it shares lives on for the other worktrees.'
                : 'Its credential is revoked at GitHub and deleted from the vault.'}
            </p>
          )}
        </>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" onClick={onYes}>
          {what === 'session' ? 'Archive session' : 'Archive worktree'}
        </Button>
      </div>
    </Dialog>
  );
}
