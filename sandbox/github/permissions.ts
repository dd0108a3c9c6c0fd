/** How much of a permission is granted (contract github §1.2). */
export type AccessLevel = 'read' | 'write' | 'admin';

/** Permissions of an app, an installation or a token, by name. */
export type Permissions = Readonly<Record<string, AccessLevel>>;

const ORDER: readonly AccessLevel[] = ['read', 'write', 'admin'];

/** Whether `granted` is at least `wanted`. */
export function allows(granted: AccessLevel | undefined, wanted: AccessLevel): boolean {
  return granted !== undefined && ORDER.indexOf(granted) >= ORDER.indexOf(wanted);
}

/** Whether everything in `wanted` is granted. */
export function covers(granted: Permissions, wanted: Permissions): boolean {
  return Object.entries(wanted).every(([name, level]) => allows(granted[name], level));
}

/** The lower of two grants; undefined when either is missing. */
export function lower(a: AccessLevel | undefined, b: AccessLevel | undefined): AccessLevel | undefined {
  if (a === undefined || b === undefined) return undefined;
  return allows(a, b) ? b : a;
}

/** Permissions with the `metadata: read` that every app has. */
export function withMetadata(permissions: Permissions): Permissions {
  return { ...permissions, metadata: 'read' };
}
