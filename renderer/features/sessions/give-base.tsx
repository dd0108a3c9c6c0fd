import { useState } from 'react';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { showCredential } from '../../view.ts';

interface GiveBaseProps {
  readonly worktreeId: string;
  readonly name: string;
  /** The project's own folder. */
  readonly path: string;
  /** Room for a word only. */
  readonly short?: boolean;
}

/** Gives the project's own work tree a credential too; it has none unless the person asks. */
export function GiveBase({ worktreeId, name, path, short = false }: GiveBaseProps) {
  const [asking, setAsking] = useState(false);
  const [busy, give] = useRequest('credentials.base');
  const confirm = async () => {
    const answer = await give({ worktreeId });
    setAsking(false);
    if (answer?.ok) showCredential(worktreeId);
  };
  return (
    <>
      <Button look="quiet" aria-label={`Give ${name} a credential too`} onClick={() => setAsking(true)}>
        {short ? 'Give one' : 'Give this one a credential too…'}
      </Button>
      {asking && (
        <Dialog title={`Give ${name} a credential too`} onClose={() => setAsking(false)}>
          <p className="dialog-text">
            Its folder is the project's own, <code>{path}</code>, which you work in too. git there then commits as the project's
            identity and pushes with a credential of its own: for its sessions, and for you in your terminal and editor.
          </p>
          <p className="dialog-text">
            While the Companion does not run, pushes from there fail with a message. Release gives git there back to you as it
            was.
          </p>
          <div className="dialog-actions">
            <Button onClick={() => setAsking(false)}>Leave it mine</Button>
            <Button look="primary" busy={busy} onClick={() => void confirm()}>
              Give it one
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
