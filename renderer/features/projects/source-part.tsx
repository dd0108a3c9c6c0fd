import type { AppState, PolicyView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { SharedSource } from './shared-source.tsx';
import { sourceNames, usersOf } from './source-words.ts';
import { UserSource } from './user-source.tsx';
import './sources.css';

interface SourcePartProps {
  readonly project: { readonly id: string; readonly name: string; readonly repository: string };
  readonly policy: PolicyView;
  readonly state: AppState;
}

/** Tries a shared token again, and with it what its worktrees wait for. */
function AskAgain({ name }: { readonly name: string }) {
  const [busy, retry] = useRequest('setup.retry');
  return (
    <Button
      look="quiet"
      busy={busy}
      aria-label={`Try the token of ${name} again`}
      onClick={() => void retry({ service: 'github' })}
    >
      Try again now
    </Button>
  );
}

/** The project's source where it is a person's token; and one that is kept though the project has another source now. */
export function SourcePart({ project, policy, state }: SourcePartProps) {
  const source = state.sources[project.id];
  const chosen = policy.enabled ? policy.source : null;
  const kept = { shared: source?.shared != null, user: source?.user != null || source?.login != null };
  return (
    <>
      {(['shared', 'user'] as const).map((kind) => {
        if (chosen !== kind && !kept[kind]) return null;
        const Part = kind === 'shared' ? SharedSource : UserSource;
        const trouble = source?.troubles[kind] ?? null;
        return (
          <section key={kind} className="source" aria-label={`${sourceNames[kind]}, ${project.name}`}>
            {trouble !== null && (
              <p className="project-missing">
                <StatusShape shape="needs-you" /> {trouble}
                {kind === 'shared' && chosen === kind && <AskAgain name={project.name} />}
              </p>
            )}
            <Part project={project} source={source} used={usersOf(state, project.id, kind)} chosen={chosen === kind} />
          </section>
        );
      })}
    </>
  );
}
