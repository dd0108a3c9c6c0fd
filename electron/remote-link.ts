/** A link that lets in: the token is in the query, from where the gateway takes it out of the address at once. */
export const linkTo = (address: string, token: string): string => `${address}/?token=${encodeURIComponent(token)}`;
