import { useEffect, useRef } from 'react';
import type { Page } from '../shared/ipc.ts';
import { say } from './actions.ts';
import { bridge } from './bridge.ts';
import { AuditPage } from './features/audit/audit-page.tsx';
import { CredentialsPage } from './features/credentials/credentials-page.tsx';
import { FirstStepsPage } from './features/first-steps/first-steps-page.tsx';
import { LeaveSandbox } from './features/first-steps/sandbox-doors.tsx';
import { IdentitiesPage } from './features/identities/identities-page.tsx';
import { NotificationsPage } from './features/notifications/notifications-page.tsx';
import { Palette } from './features/palette/palette.tsx';
import { ProjectsPage } from './features/projects/projects-page.tsx';
import { RemotePage } from './features/remote-access/remote-page.tsx';
import { SessionsPage } from './features/sessions/sessions-page.tsx';
import { SettingsPage } from './features/settings/settings-page.tsx';
import { useLooking } from './shell/looking.ts';
import { Sidebar } from './shell/sidebar.tsx';
import { StorageLine } from './shell/storage-line.tsx';
import { appOf, follow, useFeed } from './store.ts';
import { focusHeading, keepFocus } from './ui/focus-keeper.ts';
import { Busy, ErrorState } from './ui/states.tsx';
import { Toasts } from './ui/toasts.tsx';
import { askToLeave, askToRevokeAll, firstPage, show, useView } from './view.ts';
import './shell/shell.css';

function PageOf({ page }: { readonly page: Page }) {
  switch (page) {
    case 'sessions':
      return <SessionsPage />;
    case 'credentials':
      return <CredentialsPage />;
    case 'projects':
      return <ProjectsPage />;
    case 'notifications':
      return <NotificationsPage />;
    case 'audit':
      return <AuditPage />;
    case 'settings':
      return <SettingsPage />;
    case 'first-steps':
      return <FirstStepsPage />;
    case 'remote':
      return <RemotePage />;
    case 'identities':
      return <IdentitiesPage />;
    default:
      return page satisfies never;
  }
}

function Content() {
  const page = useView((view) => view.page);
  const phase = useFeed((feed) => feed.phase);
  const known = useFeed((feed) => appOf(feed.state) !== undefined);
  const message = useFeed((feed) => (feed.phase === 'failed' ? feed.message : ''));
  if (known) return <PageOf page={page} />;
  return (
    <>
      <h1 className="unseen">Companion</h1>
      {phase === 'failed' ? (
        <ErrorState title="The page can't reach the app" retry={() => window.location.reload()}>
          {message}
        </ErrorState>
      ) : (
        <Busy>Getting the state of your sessions</Busy>
      )}
    </>
  );
}

/** A new page is read from its heading on, unless something on it has taken the focus, or a dialog has it; not the first one. */
function useHeading(page: Page): void {
  const settled = useView((view) => view.settled);
  const shown = useRef<Page | null>(null);
  useEffect(() => {
    const before = shown.current;
    if (settled) shown.current = page;
    const { activeElement } = document;
    if (before === null || before === page || activeElement?.closest('main, dialog')) return;
    const heading = document.querySelector<HTMLElement>('main h1');
    if (heading) focusHeading(heading);
  }, [page, settled]);
}

const asked = { 'revoke-all': askToRevokeAll, leave: askToLeave } as const;

/** The whole window. */
export function App() {
  const sandbox = useFeed((feed) => appOf(feed.state)?.mode === 'sandbox');
  const palette = useView((view) => view.palette);
  const page = useView((view) => view.page);
  useHeading(page);

  useEffect(keepFocus, []);
  useEffect(() => follow(useFeed, bridge), []);
  useEffect(() => bridge.on('view.show', (wish) => wish && show(wish.page, wish.id)), []);
  useEffect(() => bridge.on('view.say', (said) => said && say(said.tone, said.text)), []);
  useEffect(() => bridge.on('view.ask', (question) => question && asked[question.what]()), []);
  useLooking();

  // The first page follows from what main found; once settled, only the person and main change it.
  useEffect(
    () =>
      useFeed.subscribe(({ state }) => {
        if (useView.getState().settled) return;
        const first = firstPage(state);
        if (first) useView.setState({ page: first, settled: true });
      }),
    [],
  );

  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        useView.setState((view) => ({ palette: !view.palette }));
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Sidebar />
      <main className="main" id="main" tabIndex={-1}>
        {sandbox && (
          <aside className="strip" aria-label="Sandbox">
            <p>You are exploring the sandbox. Nothing here is real.</p>
            <LeaveSandbox />
          </aside>
        )}
        <StorageLine />
        <Content />
      </main>
      <Toasts />
      {palette && <Palette />}
    </div>
  );
}
