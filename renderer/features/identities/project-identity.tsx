import type { IdentityView } from '../../../shared/identities.ts';
import type { AppState, ProjectView } from '../../../shared/model.ts';
import { run, useRequest } from '../../actions.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { useView } from '../../view.ts';
import { Checklist, type Question } from './checklist.tsx';
import { Inbox } from './inbox.tsx';
import { faceOf, progressWords, whoWords } from './step-words.ts';

interface ProjectIdentityProps {
  readonly project: ProjectView;
  readonly view: IdentityView | undefined;
  readonly policy: AppState['policies'][string] | undefined;
  /** Ravi can be asked for identities. */
  readonly able: boolean;
  readonly open: boolean;
  readonly onAsk: (question: Question) => void;
}

const troubled = ({ unsure, trouble, steps }: IdentityView): boolean =>
  unsure !== null || trouble !== null || steps.some(({ state }) => state === 'failed');

function Progress({ view }: { readonly view: IdentityView }) {
  const shape =
    view.busy !== null ? 'running' : troubled(view) ? 'needs-you' : view.next === null ? 'finished' : ('idle' as const);
  return (
    <p className="identity-progress" role="status">
      <StatusShape shape={shape} /> {progressWords(view)}
    </p>
  );
}

function Acts({
  view,
  name,
  onAsk,
}: {
  readonly view: IdentityView;
  readonly name: string;
  readonly onAsk: (question: Question) => void;
}) {
  const [looking, look] = useRequest('identities.check');
  const busy = view.busy !== null;
  return (
    <div className="identity-acts">
      {view.unsure !== null && (
        <Button busy={looking || busy} onClick={() => void look({ projectId: view.id, step: 'identity' })}>
          Look at Ravi again
        </Button>
      )}
      {view.identity?.phone === null && (
        <Button busy={busy} aria-label={`Get a phone number for ${name}`} onClick={() => onAsk('phone')}>
          Get a phone number…
        </Button>
      )}
      {view.identity !== null && (
        <Button
          look="quiet"
          aria-label={`Identity of ${name} in Ravi’s dashboard`}
          onClick={() => void run('identities.open', { projectId: view.id, what: 'dashboard', id: null })}
        >
          Ravi’s dashboard
        </Button>
      )}
      {view.login !== null && (
        <Button
          look="quiet"
          aria-label={`Profile of ${view.login} at GitHub`}
          onClick={() => void run('identities.open', { projectId: view.id, what: 'profile', id: null })}
        >
          Profile at GitHub
        </Button>
      )}
      {view.identity !== null ? (
        <Button look="danger" busy={busy} aria-label={`Retire the identity of ${name}`} onClick={() => onAsk('retire')}>
          Retire…
        </Button>
      ) : (
        <Button look="quiet" busy={busy} aria-label={`Forget the identity of ${name}`} onClick={() => onAsk('forget')}>
          Forget it
        </Button>
      )}
    </div>
  );
}

function Inside({
  view,
  project,
  onAsk,
}: {
  readonly view: IdentityView;
  readonly project: ProjectView;
  readonly onAsk: (question: Question) => void;
}) {
  const { name, repository } = project;
  return (
    <div className={view.identity ? 'identity-inside identity-both' : 'identity-inside'}>
      <div className="identity-way">
        <Checklist view={view} name={name} repository={repository} onAsk={onAsk} />
        {view.login !== null && (
          <p className="identity-note">
            GitHub asks accounts that push code for two-factor authentication. Set it up with an authenticator app of yours,
            signed in as the account, and keep its recovery codes where you keep your own.
          </p>
        )}
        <Acts view={view} name={name} onAsk={onAsk} />
      </div>
      {view.identity && <Inbox view={view} name={name} />}
    </div>
  );
}

/** One project: who it is to the outside, and the way to an identity of its own. */
export function ProjectIdentity({ project, view, policy, able, open, onAsk }: ProjectIdentityProps) {
  const { id, name, repository } = project;
  const identity = view?.identity ?? null;
  const reachable = repository !== null;
  return (
    <article className="identity" aria-label={`Identity of ${name}`}>
      <header className="identity-head">
        {view ? <Avatar login={faceOf(view)} /> : <span className="identity-faceless" aria-hidden="true" />}
        <div className="identity-who">
          <h2>{name}</h2>
          <p>
            <span className="quiet">To the outside: </span>
            {reachable ? whoWords(view, policy) : 'nobody: its remote is not at the GitHub that is connected'}
          </p>
        </div>
        {view ? (
          <Button
            aria-expanded={open}
            aria-label={`${open ? 'Close' : 'Open'} the identity of ${name}`}
            onClick={() => useView.setState({ identity: open ? null : id })}
          >
            {open ? 'Close' : view.next === null ? 'Show' : 'Go on'}
          </Button>
        ) : (
          reachable && (
            <Button disabled={!able} aria-label={`Give ${name} an identity`} onClick={() => onAsk('take')}>
              Give it an identity…
            </Button>
          )
        )}
      </header>
      {view && identity && (
        <Facts
          facts={[
            ['Identity', identity.name],
            ['Address', identity.address],
            ['Phone', identity.phone],
            ['GitHub', view.login],
          ]}
        />
      )}
      {view && <Progress view={view} />}
      {view && open && <Inside view={view} project={project} onAsk={onAsk} />}
    </article>
  );
}
