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

/** The slug in the person's template (`JEAN_GH_TOKEN_<SLUG>`) as Ravi wants keys: upper-case letters, digits and `_` (contract ravi §3.3). */
export const vaultKeyOf = (template: string, slug: string): string =>
  template.replace('<SLUG>', slug.toUpperCase().replaceAll('-', '_'));

/** The key for a worktree; where another worktree already has it, a short hash of the worktree's id is added. */
export function uniqueVaultKey(template: string, slug: string, shortHash: string, isTaken: (key: string) => boolean): string {
  const key = vaultKeyOf(template, slug);
  if (!isTaken(key)) return key;
  return vaultKeyOf(template, `${slug.slice(0, 99 - shortHash.length)}-${shortHash}`);
}
