import type { AppState, InstanceView, ServiceView } from '../../shared/model.ts';

/** The pages that lean on something which may be away. */
export type Leaning = 'sessions' | 'credentials' | 'projects' | 'notifications';

/** Something that a page leans on and that is away: what happened, and what becomes of what the page shows. */
export interface Away {
  readonly id: string;
  readonly service: 'jean' | ServiceView['id'];
  readonly name: string;
  /** What happened and what can be done about it, as main tells it. */
  readonly what: string;
  /** What is kept, and what waits. */
  readonly kept: string;
  /** When it is asked again by itself (epoch ms), where main says so. */
  readonly retryAt: number | null;
}

const jeanKept: Readonly<Record<Leaning, string>> = {
  sessions: 'What is shown is what was last seen of it. Credentials stay in force.',
  credentials:
    'Credentials stay in force and are renewed. What is made or archived there meanwhile is caught up with when it is back.',
  projects: 'Its projects are shown as they were last seen. What you change here holds.',
  notifications: 'Nothing is told of its sessions until it is back.',
};

const githubKept: Readonly<Record<Leaning, string>> = {
  sessions:
    'Credentials that exist stay in force until they expire. Making and revoking wait, and are tried again by themselves.',
  credentials:
    'Credentials that exist stay in force until they expire. Making and revoking wait, and are tried again by themselves.',
  projects: 'What you change here is kept, and takes effect when GitHub answers again.',
  notifications: 'Nothing is told of pull requests until it is back.',
};

const raviKept: Readonly<Partial<Record<Leaning, string>>> = {
  credentials: 'git goes on. What is new goes into its vault when it is back, and what ended there is deleted then.',
  notifications: 'Desktop notifications go on. SMS and e-mail wait, and are tried again by themselves.',
};

/** What of all that `page` leans on is away now, in the order in which it matters there. */
export function awayFrom({ instances, services }: Pick<AppState, 'instances' | 'services'>, page: Leaning): readonly Away[] {
  // Rows of sessions are last words also while a Jean is only being connected to.
  const jeans = Object.values(instances)
    .filter(({ health }) => health === 'offline' || health === 'refused' || (page === 'sessions' && health !== 'online'))
    .map(
      ({ id, name, message }): Away => ({
        id: `jean-${id}`,
        service: 'jean',
        name,
        what: message,
        kept: jeanKept[page],
        retryAt: null,
      }),
    );
  const away = (service: ServiceView | undefined, name: string, kept: string | undefined): readonly Away[] =>
    service?.health === 'down' && kept !== undefined
      ? [{ id: service.id, service: service.id, name, what: service.message, kept, retryAt: service.retryAt ?? null }]
      : [];
  return [...jeans, ...away(services.github, 'GitHub', githubKept[page]), ...away(services.ravi, 'Ravi', raviKept[page])];
}

/** Whether any Jean is connected: only then is what is shown of sessions how they are now. */
export const anyJean = ({ instances }: Pick<AppState, 'instances'>): boolean =>
  Object.values(instances).some(({ health }) => health === 'online');

/** How the Jeans are, where none of them is connected. */
export function awayWords(instances: readonly InstanceView[]): string {
  const healths = new Set(instances.map(({ health }) => health));
  if (healths.has('refused')) return 'Jean refuses the connection';
  if (healths.has('offline')) return 'Jean is not reachable';
  if (healths.has('connecting')) return 'Connecting to Jean';
  return healths.has('absent') ? 'Jean was not found' : 'Looking for Jean';
}
