import { byUrgency } from '../../../shared/format.ts';
import {
  type AppState,
  bucketOf,
  type CredentialView,
  type InstanceView,
  type ProjectView,
  type RequestView,
  type SessionView,
  type WorktreeView,
} from '../../../shared/model.ts';
import { faceOf } from '../identities/step-words.ts';

/** One line of the Sessions page: a session in its worktree, or a worktree that has none. */
export interface SessionRow {
  /** The session's id, or the worktree's where there is no session. */
  readonly key: string;
  readonly name: string;
  readonly session: SessionView | null;
  readonly worktree: WorktreeView;
  readonly project: ProjectView;
  readonly credential: CredentialView | null;
  /** Whose letter and colour stand for the project's own identity; null where it acts as something else. */
  readonly identity: string | null;
  /** Whether its folder is on this machine. */
  readonly place: InstanceView['place'];
  /** Null while its Jean is connected; else since when (epoch ms) what is shown is only what was last known. */
  readonly offlineSince: number | null;
  /** The first row of its worktree: it carries the credential's buttons. */
  readonly leads: boolean;
}

/** The rows of one project, under its heading. */
export interface SessionGroup {
  readonly project: ProjectView;
  readonly instance: InstanceView | undefined;
  /** How many worktrees it has; base sessions are not counted. */
  readonly worktrees: number;
  readonly rows: readonly SessionRow[];
}

const isOnline = (state: Pick<AppState, 'instances'>, instanceId: string): boolean =>
  state.instances[instanceId]?.health === 'online';

/** Its state can change while Jean is away: what is shown is only what was last seen. */
export const mayHaveMoved = (session: SessionView): boolean => {
  const bucket = bucketOf(session.status);
  return bucket === 'running' || bucket === 'needs-you';
};

/** Sessions that wait for the person, most urgent first. Those of a Jean that is away are left out: nobody knows whether they still wait. */
export const needingYou = (state: Pick<AppState, 'sessions' | 'instances'>): readonly SessionView[] =>
  Object.values(state.sessions)
    .filter((session) => bucketOf(session.status) === 'needs-you' && isOnline(state, session.instanceId))
    .sort(byUrgency);

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The groups of one Jean, under its heading. */
export interface InstanceGroups {
  readonly instance: InstanceView;
  readonly groups: readonly SessionGroup[];
}

/** Those on this machine come first, then by name; one without anything to show is left out. */
export function byInstance(groups: readonly SessionGroup[], instances: AppState['instances']): readonly InstanceGroups[] {
  return Object.values(instances)
    .sort((a, b) => Number(a.place === 'elsewhere') - Number(b.place === 'elsewhere') || a.name.localeCompare(b.name))
    .map((instance) => ({ instance, groups: groups.filter(({ project }) => project.instanceId === instance.id) }))
    .filter((one) => one.groups.length > 0);
}

/** The rows of a worktree, and all that they were made of. */
interface Made {
  readonly of: Pick<SessionRow, 'project' | 'credential' | 'identity' | 'place' | 'offlineSince'>;
  readonly sessions: readonly SessionView[];
  readonly rows: readonly SessionRow[];
}

/** A change is about one session; with thousands, all others' rows would be made anew for it. */
const made = new WeakMap<WorktreeView, Made>();

function rowsOf(worktree: WorktreeView, of: Made['of'], sessions: readonly SessionView[]): readonly SessionRow[] {
  const before = made.get(worktree);
  if (before && sameFields(before.of, of) && sameItems(before.sessions, sessions)) return before.rows;
  const shared = { ...of, worktree };
  const rows =
    sessions.length === 0
      ? [{ ...shared, key: worktree.id, name: worktree.name, session: null, leads: true }]
      : sessions
          .toSorted(byUrgency)
          .map((session, at) => ({ ...shared, key: session.id, name: session.name, session, leads: at === 0 }));
  made.set(worktree, { of, sessions, rows });
  return rows;
}

const sameItems = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at]);

/** Whether two objects of a kind hold the same things. */
export const sameFields = <T extends object>(one: T, other: T): boolean =>
  (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);

function byUrgencyOfFirst([a]: readonly SessionRow[], [b]: readonly SessionRow[]): number {
  if (!a || !b) return 0;
  if (a.session && b.session) return byUrgency(a.session, b.session);
  if (a.session || b.session) return a.session ? -1 : 1;
  const [one, two] = [a.worktree, b.worktree];
  return Number(one.base) - Number(two.base) || one.order - two.order || one.name.localeCompare(two.name);
}

/** What {@link sessionGroups} is made of. */
export type Listed = Pick<AppState, 'sessions' | 'worktrees' | 'projects' | 'instances' | 'credentials' | 'identities'>;

/** Every project that has something to show, with its rows: the worktree that needs the person most comes first. */
export function sessionGroups(state: Listed): readonly SessionGroup[] {
  const sessions = groupBy(Object.values(state.sessions), (session) => session.worktreeId);
  const worktrees = groupBy(Object.values(state.worktrees), (worktree) => worktree.projectId);
  const projects = Object.values(state.projects).sort(
    (a, b) => a.instanceId.localeCompare(b.instanceId) || a.order - b.order || a.name.localeCompare(b.name),
  );
  return projects.flatMap((project) => {
    const own = worktrees.get(project.id) ?? [];
    if (own.length === 0) return [];
    const instance = state.instances[project.instanceId];
    const place = instance?.place ?? 'here';
    const used = state.identities[project.id];
    const identity = used?.inUse ? faceOf(used) : null;
    const offlineSince = instance?.health === 'online' ? null : (instance?.since ?? 0);
    const rows = own
      .map((worktree) => {
        const of = { project, credential: state.credentials[worktree.id] ?? null, identity, place, offlineSince };
        return rowsOf(worktree, of, sessions.get(worktree.id) ?? []);
      })
      .sort(byUrgencyOfFirst)
      .flat();
    return [{ project, instance, worktrees: own.filter((worktree) => !worktree.base).length, rows }];
  });
}

/** "feature/apple-pay"; with the worktree's own name before it where the branch does not contain it. */
export const placeWords = ({ name, branch }: WorktreeView): string =>
  branch.toLowerCase().includes(name.toLowerCase()) ? branch : `${name} · ${branch}`;

/** Whether what is asked is a command or the like, and not a sentence. */
export const isCode = (request: RequestView | null): boolean =>
  request?.kind === 'command' || request?.kind === 'tool' || request?.kind === 'permission';

const backends: Readonly<Record<string, string>> = {
  claude: 'Claude',
  codex: 'Codex',
  opencode: 'OpenCode',
  commandcode: 'Command Code',
};

/** "Claude, build mode". */
export function agentWords({ backend, mode }: SessionView): string {
  const name = backends[backend] ?? backend.charAt(0).toUpperCase() + backend.slice(1);
  return mode ? `${name}, ${mode} mode` : name;
}
