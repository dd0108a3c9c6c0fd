/** Who belongs to which organization, and who is only invited. Logins in small letters. */
export class Members {
  readonly #members = new Map<string, Set<string>>();
  readonly #invited = new Map<string, Set<string>>();

  invite(organization: string, login: string): void {
    of(this.#invited, organization).add(login.toLowerCase());
  }

  isInvited(organization: string, login: string): boolean {
    return of(this.#invited, organization).has(login.toLowerCase());
  }

  decline(organization: string, login: string): boolean {
    return of(this.#invited, organization).delete(login.toLowerCase());
  }

  /** @throws without an invitation */
  accept(organization: string, login: string): void {
    if (!this.decline(organization, login)) throw new Error(`${login} is not invited to ${organization}.`);
    of(this.#members, organization).add(login.toLowerCase());
  }

  isMember(organization: string, login: string): boolean {
    return of(this.#members, organization).has(login.toLowerCase());
  }

  all(organization: string): readonly string[] {
    return [...of(this.#members, organization)];
  }
}

function of(map: Map<string, Set<string>>, organization: string): Set<string> {
  const key = organization.toLowerCase();
  const found = map.get(key) ?? new Set<string>();
  map.set(key, found);
  return found;
}
