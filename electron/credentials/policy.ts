/** What a credential may do, as named sets (contract github §8); `custom` is spelled out by the person. */
export type Profile = 'read' | 'contribute' | 'contribute-workflows' | 'custom';

/** Permission names and levels as GitHub writes them. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

/** Where a project's credentials come from: our GitHub App, a machine user's token, or the developer's own name. */
export type SourceKind = 'app' | 'shared' | 'user';

/** What a project's worktrees get. */
export interface ProjectPolicy {
  /** False: the companion leaves the project's worktrees alone. */
  readonly enabled: boolean;
  readonly source: SourceKind;
  readonly profile: Profile;
  /** Counts for the profile `custom` alone. */
  readonly custom: Permissions;
  /** Further repositories of the same owner, as names. */
  readonly extraRepositories: readonly string[];
}

/** The safe default: one repository, enough to push and to open a pull request. */
export const defaultProjectPolicy: ProjectPolicy = {
  enabled: true,
  source: 'app',
  profile: 'contribute',
  custom: {},
  extraRepositories: [],
};

/** When credentials are made, and when they may go to sleep. */
export interface LifePolicy {
  readonly mintAt: 'creation' | 'first-use';
  /** An unused credential is not renewed after this time, ms; null keeps it alive. */
  readonly lapseAfterMs: number | null;
}

export const defaultLifePolicy: LifePolicy = { mintAt: 'creation', lapseAfterMs: null };

const read: Permissions = {
  contents: 'read',
  pull_requests: 'read',
  issues: 'read',
  checks: 'read',
  statuses: 'read',
  actions: 'read',
  metadata: 'read',
};
const contribute: Permissions = { ...read, contents: 'write', pull_requests: 'write', issues: 'write' };

/** The permissions that a policy asks for. */
export function permissionsOf({ profile, custom }: Pick<ProjectPolicy, 'profile' | 'custom'>): Permissions {
  switch (profile) {
    case 'read':
      return read;
    case 'contribute':
      return contribute;
    case 'contribute-workflows':
      return { ...contribute, workflows: 'write' };
    case 'custom':
      return { metadata: 'read', ...custom };
    default:
      return profile satisfies never;
  }
}

/** The permissions of a profile that an installation does not grant, as "contents: write"; empty when all are. */
export function missingPermissions(wanted: Permissions, granted: Readonly<Record<string, string>>): readonly string[] {
  const rank = (level: string | undefined): number => (level === 'admin' ? 3 : level === 'write' ? 2 : level === 'read' ? 1 : 0);
  return Object.entries(wanted)
    .filter(([name, level]) => name !== 'metadata' && rank(granted[name]) < rank(level))
    .map(([name, level]) => `${name}: ${level}`);
}
