/** Permissions by name (contract github §2): the words after "can read" and after "can change". */
const words: Readonly<Record<string, string>> = {
  contents: 'code and branches',
  pull_requests: 'pull requests',
  issues: 'issues',
  metadata: 'basic facts of the repository',
  actions: 'workflow runs',
  checks: 'checks',
  statuses: 'commit statuses',
  workflows: 'workflow files',
  deployments: 'deployments',
  packages: 'packages',
};

/** "code and branches" for `contents`. */
export const permissionSubject = (name: string): string => words[name] ?? name.replaceAll('_', ' ');

/** "Read and write code and branches" for `contents: write`. */
export function permissionWords(name: string, level: string): string {
  const what = permissionSubject(name);
  if (level === 'write') return `Read and write ${what}`;
  if (level === 'read') return `Read ${what}`;
  if (level === 'admin') return `Full control of ${what}`;
  return `${level} on ${what}`;
}
