import { PageHead } from '../../shell/page-head.tsx';
import { EmptyState } from '../../ui/states.tsx';

/** Who the projects' agents are to the outside. */
export function IdentitiesPage() {
  return (
    <>
      <PageHead title="Identities" />
      <EmptyState title="No project has an identity">The worktrees of your projects act as the GitHub App.</EmptyState>
    </>
  );
}
