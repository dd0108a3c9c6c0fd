/** The form of the settings that this app writes. */
export const settingsVersion = 3;

/** From each version to the next; the first is from 1. A step that has shipped is never edited. */
const steps: readonly ((old: Readonly<Record<string, unknown>>) => Record<string, unknown>)[] = [toSecond, toThird];

/**
 * Settings of an older form in today's; a newer app's stay as they are. What is no object comes back as it is: the schema says what is
 * wrong with it.
 */
export function migrated(read: unknown): unknown {
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return read;
  let value: Record<string, unknown> = { ...read };
  // The first form had no number.
  const version = value.version === undefined ? 1 : value.version;
  if (typeof version !== 'number') return read;
  for (const step of steps.slice(Math.max(0, version - 1))) value = step(value);
  return value;
}

/** 2: several Jeans, and rules for what is told. */
function toSecond(old: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...toRules(toJeans(old)), version: 2 };
}

/**
 * 3: remote access. It is off until the person turns it on, whatever an app of somebody's own making left there: nobody gets an open door
 * from an update alone.
 */
function toThird({ remoteAccess: _unknown, ...old }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...old, version: 3 };
}

/** Before there could be several Jeans, one chosen data folder was all that was kept of them. */
function toJeans({ jeanFolder, ...rest }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if ('jeans' in rest || typeof jeanFolder !== 'string' || jeanFolder === '') return rest;
  const at = { kind: 'folder', folder: jeanFolder };
  return { ...rest, jeans: [{ id: 'local', name: null, colour: 'none', watched: true, at }] };
}

/**
 * Each kind of notice has a rule. Until then every kind was told on the desktop and nowhere else, and it stays like this for who was
 * set up before: nobody gets mail or text messages from an update alone.
 */
function toRules(old: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (old.firstRunDone !== true) return old;
  const deskOnly = { native: 'always', sms: 'never', email: 'never', urgent: false };
  const kinds = [
    'needs-permission',
    'needs-answer',
    'needs-plan-approval',
    'finished',
    'failed',
    'pull-merged',
    'checks-failed',
    'changes-requested',
    'credential-expiring',
    'renewal-failed',
    'credential-refused',
    'orphan-found',
    'remote-access',
    'instance-lost',
  ];
  return { ...old, notifications: { rules: Object.fromEntries(kinds.map((kind) => [kind, deskOnly])) } };
}
