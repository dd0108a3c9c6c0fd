import { z } from 'zod';

/** What each project's worktrees get, and when: the person's choices, their safe defaults, and what follows from them. */

/** Where a project's credentials come from: our GitHub App, a machine user's token, or the developer's own name. */
export const sourceKind = z.enum(['app', 'shared', 'user']);
export type SourceKind = z.infer<typeof sourceKind>;

/** What a credential may do, as named sets (contract github §8); `custom` is spelled out by the person. */
export const profile = z.enum(['read', 'contribute', 'contribute-workflows', 'custom']);
export type Profile = z.infer<typeof profile>;

/** A profile's name as the person reads it. */
export const profileWords: Readonly<Record<Profile, string>> = {
  read: 'read',
  contribute: 'contribute',
  'contribute-workflows': 'contribute + workflows',
  custom: 'custom',
};

const level = z.enum(['read', 'write']);
/** Permission names and levels as GitHub writes them. */
export type Permissions = Readonly<Record<string, z.infer<typeof level>>>;

/** GitHub takes up to 500 repositories for a token (contract github §1.2); a credential for so many is no narrow one. */
const mostExtraRepositories = 20;

export const projectPolicy = z.object({
  /** False: the companion leaves the project's worktrees alone. */
  enabled: z.boolean(),
  source: sourceKind,
  profile,
  /** Counts for the profile `custom` alone. */
  custom: z.record(z.string().regex(/^[a-z][a-z_]{0,63}$/), level),
  /** Further repositories of the same owner, as names. */
  extraRepositories: z
    .array(
      z
        .string()
        .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, 'A repository’s name has letters, digits, dots, dashes and underscores.'),
    )
    .max(mostExtraRepositories, `A credential reaches ${mostExtraRepositories} further repositories at most.`)
    .readonly(),
});
export type ProjectPolicy = Readonly<z.infer<typeof projectPolicy>>;

/** The safe default: one repository, enough to push and to open a pull request. */
export const defaultProjectPolicy: ProjectPolicy = {
  enabled: true,
  source: 'app',
  profile: 'contribute',
  custom: {},
  extraRepositories: [],
};

const slot = '<SLUG>';

/** When credentials are made and go to sleep, and what they are called in the vault. */
export const credentialSettings = z.object({
  mintAt: z.enum(['creation', 'first-use']),
  /** Hours without use after which a credential is not renewed; null keeps it alive. */
  lapseHours: z.number().positive().max(720).nullable(),
  vaultKeyTemplate: z
    .string()
    .refine((text) => text.split(slot).length === 2, `The name has ${slot} in it, once: it is what tells worktrees apart.`)
    // Ravi wants upper-case letters, digits and `_`, a letter first (contract ravi §3.3); a slug may begin with a digit.
    .regex(
      /^[A-Z][A-Z0-9_]{0,59}<SLUG>[A-Z0-9_]{0,59}$/,
      `It begins with a letter; beside ${slot} it has upper-case letters, digits and _ only.`,
    ),
});
export type CredentialSettings = Readonly<z.infer<typeof credentialSettings>>;

export const defaultCredentialSettings: CredentialSettings = {
  mintAt: 'creation',
  lapseHours: null,
  vaultKeyTemplate: `JEAN_GH_TOKEN_${slot}`,
};

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
  const rank = (held: string | undefined): number => (held === 'admin' ? 3 : held === 'write' ? 2 : held === 'read' ? 1 : 0);
  return Object.entries(wanted)
    .filter(([name, asked]) => name !== 'metadata' && rank(granted[name]) < rank(asked))
    .map(([name, asked]) => `${name}: ${asked}`);
}

/** All repositories that a policy lets a credential for `repository` (`owner/name`) reach, that one first. */
export function reachOf(repository: string, { extraRepositories }: Pick<ProjectPolicy, 'extraRepositories'>): readonly string[] {
  const owner = repository.split('/')[0] ?? '';
  const all = [repository, ...extraRepositories.map((name) => `${owner}/${name}`)];
  return all.filter((one, at) => all.findIndex((other) => other.toLowerCase() === one.toLowerCase()) === at);
}
