import type { PolicyView } from '../../../shared/model.ts';
import { run } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Why the GitHub App does not reach a repository, and what can be done; null where it does, or nobody knows. */
function whyNot(coverage: PolicyView['coverage'], repository: string): string | null {
  const account = repository.split('/')[0];
  switch (coverage) {
    case 'covered':
    case 'unknown':
      return null;
    case 'suspended':
      return `The GitHub App is suspended at ${account}, so no credential can be made. Its owner can unsuspend it there.`;
    case 'not-installed':
      return `The GitHub App is not installed at ${account}, so it does not reach ${repository}.`;
    case 'not-chosen':
      return `At ${account} the GitHub App may use chosen repositories only, and ${repository} is not among them.`;
    default:
      return coverage satisfies never;
  }
}

/** Opens GitHub's page on which the App's repositories are chosen. */
export const ChooseRepositories = ({ look = 'plain' }: { readonly look?: 'plain' | 'primary' }) => (
  <Button look={look} onClick={() => void run('open.external', { target: 'github-installation', worktreeId: null })}>
    Choose repositories at GitHub
  </Button>
);

/** Says that a project's repository is out of reach. */
export function CoverageNotice({ coverage, repository }: Pick<PolicyView, 'coverage'> & { readonly repository: string }) {
  const why = whyNot(coverage, repository);
  if (why === null) return null;
  return (
    <Notice shape="needs-you" action={<ChooseRepositories />}>
      {why}
    </Notice>
  );
}
