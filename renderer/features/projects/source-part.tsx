import type { AppState, PolicyView } from '../../../shared/model.ts';
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
              </p>
            )}
            <Part project={project} source={source} used={usersOf(state, project.id, kind)} chosen={chosen === kind} />
          </section>
        );
      })}
    </>
  );
}
