/** A worktree's slug `<project>-<branch>`: lower-case `a-z0-9-`, at most 100 characters; never empty. */
export function slugOf(project: string, branch: string): string {
  const slug = `${project}-${branch}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100)
    .replace(/-+$/, '');
  return slug === '' ? 'worktree' : slug;
}

/** `JEAN_GH_TOKEN_<SLUG>` as Ravi wants keys: upper-case letters, digits and `_` (contract ravi §3.3). */
export const vaultKeyOf = (slug: string): string => `JEAN_GH_TOKEN_${slug.toUpperCase().replaceAll('-', '_')}`;

/** The key for a worktree; where another worktree already has it, a short hash of the worktree's id is added. */
export function uniqueVaultKey(slug: string, shortHash: string, isTaken: (key: string) => boolean): string {
  const key = vaultKeyOf(slug);
  if (!isTaken(key)) return key;
  return vaultKeyOf(`${slug.slice(0, 99 - shortHash.length)}-${shortHash}`);
}
