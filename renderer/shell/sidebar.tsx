import {
  Bell,
  DoorOpen,
  Flag,
  FolderGit2,
  KeyRound,
  LayoutList,
  type LucideIcon,
  ScrollText,
  SlidersHorizontal,
  UserRound,
} from 'lucide-react';
import type { Page } from '../../shared/ipc.ts';
import { bucketOf } from '../../shared/model.ts';
import { run } from '../actions.ts';
import { needingYou } from '../features/sessions/rows.ts';
import { appOf, useFeed } from '../store.ts';
import { Mark } from '../ui/mark.tsx';
import { openPage, useView } from '../view.ts';
import { HealthDot } from './health-dot.tsx';
import { footLines, healthWords } from './services.ts';

interface Place {
  readonly page: Page;
  readonly name: string;
  readonly icon: LucideIcon;
}

/** The pages that exist, in the order of the side bar. */
export const pages: readonly Place[] = [
  { page: 'sessions', name: 'Sessions', icon: LayoutList },
  { page: 'credentials', name: 'Credentials', icon: KeyRound },
  { page: 'projects', name: 'Projects', icon: FolderGit2 },
  { page: 'identities', name: 'Identities', icon: UserRound },
  { page: 'remote', name: 'Remote access', icon: DoorOpen },
  { page: 'notifications', name: 'Notifications', icon: Bell },
  { page: 'audit', name: 'Audit', icon: ScrollText },
  { page: 'settings', name: 'Settings', icon: SlidersHorizontal },
];

/** Stands before all others until they are done; afterwards the settings lead there. */
const firstSteps: Place = { page: 'first-steps', name: 'First steps', icon: Flag };

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function Muted({ until }: { readonly until: number }) {
  return (
    <button
      type="button"
      className="foot-line"
      title="Turn notifications on again"
      onClick={() => void run('notifications.mute', { until: null })}
    >
      <HealthDot health="absent" />
      <span className="foot-title">Muted until {timeOfDay.format(until)}. Unmute</span>
    </button>
  );
}

/** Navigation, and at its foot the state of what the Companion leans on. */
export function Sidebar() {
  const state = useFeed((feed) => feed.state);
  const current = useView((view) => view.page);
  const asking = needingYou(state).length;
  const beginning = appOf(state)?.firstRunDone === false || current === 'first-steps';
  // Whether one of a Jean that is away still runs, nobody knows.
  const running = Object.values(state.sessions).some(
    ({ status, instanceId }) => bucketOf(status) === 'running' && state.instances[instanceId]?.health === 'online',
  );
  const mutedUntil = state.notifying.notifying?.mutedUntil ?? null;
  return (
    <aside className="sidebar">
      <div className="brand">
        <Mark filled={running} />
        <span className="label">Companion</span>
      </div>
      <nav aria-label="Pages">
        <ul>
          {[...(beginning ? [firstSteps] : []), ...pages].map(({ page, name, icon: Icon }) => (
            <li key={page}>
              <a
                href={`#${page}`}
                className="nav-link"
                title={name}
                aria-current={page === current ? 'page' : undefined}
                onClick={(event) => {
                  event.preventDefault();
                  openPage(page);
                }}
              >
                <Icon size={17} strokeWidth={1.8} aria-hidden="true" />
                <span className="label">{name}</span>
                {page === 'sessions' && asking > 0 && (
                  <span className="badge">
                    {asking}
                    <span className="unseen"> {asking === 1 ? 'needs' : 'need'} you</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section className="foot" aria-label="Connections">
        {mutedUntil !== null && <Muted until={mutedUntil} />}
        {footLines(state).map(({ id, title, message, health }) => (
          <button key={id} type="button" className="foot-line" title={message || title} onClick={() => openPage('settings')}>
            <HealthDot health={health} />
            <span className="foot-title">
              {title}
              <span className="unseen">, {healthWords[health]}</span>
            </span>
          </button>
        ))}
      </section>
    </aside>
  );
}
