import type { AppState, ProjectView } from '../../../shared/model.ts';
import { say } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useAsk } from './use-ask.ts';

interface AskProps {
  readonly project: ProjectView;
  readonly onClose: () => void;
}

/** The switch of a project to its account, with what follows from it. */
export function UseIdentity({ project, state, onClose }: AskProps & { readonly state: AppState }) {
  const { id, name } = project;
  const { busy, trouble, ask } = useAsk('identities.use');
  const login = state.identities[id]?.login ?? 'the account';
  const worktrees = Object.values(state.worktrees).filter((one) => one.projectId === id && !one.base).length;
  const confirm = async () => {
    if (!(await ask({ projectId: id }))) return;
    say('done', `The worktrees of ${name} act as ${login} from now on.`);
    onClose();
  };
  return (
    <Dialog title={`${name} acts as ${login}`} onClose={onClose}>
      <p className="dialog-text">
        {worktrees === 0
          ? `Worktrees of ${name} commit and push as ${login} from now on.`
          : `${worktrees === 1 ? 'Its worktree commits and pushes' : `Its ${worktrees} worktrees commit and push`} as ${login} from now on. The credentials that they have now are revoked, and git asks for new ones by itself.`}
      </p>
      <p className="dialog-text">
        They share the account’s one token: it can be taken away from a single worktree, but not revoked alone. You can go back to
        the App under Projects at any time.
      </p>
      <Trouble>{trouble}</Trouble>
      <div className="dialog-actions">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" busy={busy} onClick={() => void confirm()}>
          Switch {name}
        </Button>
      </div>
    </Dialog>
  );
}

/** Forgets an identity that never came about, or that nothing depends on. */
export function ForgetIdentity({ project, onClose }: AskProps) {
  const { id, name } = project;
  const { busy, trouble, ask } = useAsk('identities.dismiss');
  const confirm = async () => {
    if (await ask({ projectId: id })) onClose();
  };
  return (
    <Dialog title={`Forget the identity of ${name}`} onClose={onClose}>
      <p className="dialog-text">
        The checklist of {name} starts from nothing. At Ravi all stays as it is: what was made there can be picked again.
      </p>
      <Trouble>{trouble}</Trouble>
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={() => void confirm()}>
          Forget it
        </Button>
      </div>
    </Dialog>
  );
}
