/** GitHub's longest user name. */
const longest = 39;

/** A user name for GitHub made from an address: letters and digits with single dashes between them. */
export function suggestedLogin(address: string): string {
  const local = address.split('@')[0] ?? '';
  const name = local
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-|-$/g, '');
  return name.length >= 3 ? name : `${name === '' ? '' : `${name}-`}agent`;
}
