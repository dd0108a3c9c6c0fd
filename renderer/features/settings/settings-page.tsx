import { useDeferredValue, useEffect, useState } from 'react';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { openPage, useView } from '../../view.ts';
import { LeavingCard } from '../leaving/leaving-card.tsx';
import { RaviCard } from '../ravi/ravi-card.tsx';
import { CommandLineCard } from '../setup/command-line-card.tsx';
import { CommitsCard } from '../setup/commits-card.tsx';
import { GithubCard } from '../setup/github-card.tsx';
import { JeanCard } from '../setup/jean-card.tsx';
import { DataFolder, Sandbox, Stays, Version } from './about.tsx';
import { Exchange } from './exchange.tsx';
import { FileProblems } from './file-problems.tsx';
import { LoginSetting, ThemeSetting, WindowSetting } from './general.tsx';
import { resets } from './reset-words.ts';
import { found, type Item, pointers, type Section } from './sections.ts';
import { Pointer, Reset } from './setting.tsx';
import { KeyList, ShortcutSetting } from './shortcuts.tsx';
import './settings.css';

const Jean = () => <JeanCard state={useFeed((feed) => feed.state)} />;
const GitHub = () => <GithubCard state={useFeed((feed) => feed.state)} />;
const Leaving = () => <LeavingCard state={useFeed((feed) => feed.state)} />;
const Ravi = () => <RaviCard state={useFeed((feed) => feed.state)} />;

const ResetGeneral = () => <Reset what={resets.general} />;
const ResetTold = () => <Reset what={resets.told} />;
const ResetRemote = () => <Reset what={resets.remote} />;
const ResetRavi = () => <Reset what={resets.ravi} />;
const ResetCredentials = () => <Reset what={resets.credentials} />;

const sections: readonly Section[] = [
  {
    id: 'general',
    title: 'General',
    items: [
      { id: 'theme', words: 'colours theme dark light appearance', content: ThemeSetting },
      { id: 'login', words: 'open at login autostart start boot', content: LoginSetting },
      { id: 'window', words: 'show window start hidden tray', content: WindowSetting },
      { id: 'command-line', words: 'command line terminal shell jean-ravi gh program install path', content: CommandLineCard },
      { id: 'exchange', words: 'export import backup another computer file', content: Exchange },
      { id: 'reset-general', words: 'defaults reset', content: ResetGeneral },
    ],
  },
  { id: 'jean', title: 'Jean', items: [{ id: 'jean-card', words: 'instance address server folder name colour', content: Jean }] },
  {
    id: 'github',
    title: 'GitHub',
    items: [
      { id: 'github-card', words: 'app key private installation enterprise server repositories', content: GitHub },
      { id: 'commits', words: 'commits marks trailers agent session', content: CommitsCard },
      pointers.credentials,
      pointers.projects,
      pointers.identities,
      { id: 'reset-credentials', words: 'defaults reset', content: ResetCredentials },
    ],
  },
  {
    id: 'ravi',
    title: 'Ravi',
    items: [
      { id: 'ravi-card', words: 'vault account sign in identity key phone mail', content: Ravi },
      { id: 'reset-ravi', words: 'defaults reset', content: ResetRavi },
    ],
  },
  {
    id: 'notifications',
    title: 'Notifications',
    items: [pointers.rules, pointers.hours, pointers.channels, { id: 'reset-told', words: 'defaults reset', content: ResetTold }],
  },
  {
    id: 'remote-access',
    title: 'Remote access',
    items: [pointers.remote, { id: 'reset-remote', words: 'defaults reset', content: ResetRemote }],
  },
  {
    id: 'shortcuts',
    title: 'Shortcuts',
    items: [
      { id: 'shortcut', words: 'global shortcut hotkey open window everywhere', content: ShortcutSetting },
      { id: 'keys', words: 'keyboard keys palette search rows', content: KeyList },
    ],
  },
  {
    id: 'privacy',
    title: 'Privacy',
    items: [
      { id: 'stays', words: 'telemetry statistics data leaves computer encrypted', content: Stays },
      { id: 'folder', words: 'data folder files database', content: DataFolder },
      { id: 'leaving', words: 'uninstall remove release quit for good delete', content: Leaving },
    ],
  },
  {
    id: 'about',
    title: 'About',
    items: [
      { id: 'version', words: 'version electron license', content: Version },
      { id: 'sandbox', words: 'sandbox demo try explore', content: Sandbox },
    ],
  },
];

function Content({ content: Own }: Pick<Item, 'content'>) {
  if (typeof Own === 'function') return <Own />;
  return <Pointer title={Own.title} hint={Own.hint} action={Own.action} onOpen={Own.open} />;
}

function showHeading(id: string): void {
  const heading = document.getElementById(`settings-${id}`);
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

/** Every setting, by section and by search. */
export function SettingsPage() {
  const [typed, setTyped] = useState('');
  const leaving = useView((view) => view.leaving);
  // The question whether to leave is asked in a section that a search may have hidden.
  const shown = found(sections, useDeferredValue(leaving ? '' : typed));
  const section = useView((view) => view.section);
  useEffect(() => {
    if (section === null) return;
    showHeading(section);
    useView.setState({ section: null });
  }, [section]);

  return (
    <>
      <PageHead title="Settings" action={<Button onClick={() => openPage('first-steps')}>First steps</Button>}>
        {typed === '' ? 'every change counts at once' : shown.length === 0 ? 'nothing found' : 'what was found'}
      </PageHead>
      <div className="page-body settings">
        <nav className="settings-nav" aria-label="Sections">
          <input
            type="search"
            className="field"
            aria-label="Search the settings"
            placeholder="Search the settings"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <ul>
            {shown.map(({ id, title }) => (
              <li key={id}>
                <a
                  href={`#settings-${id}`}
                  onClick={(event) => {
                    event.preventDefault();
                    showHeading(id);
                  }}
                >
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="settings-list setup">
          <FileProblems />
          {shown.length === 0 && (
            <EmptyState title="No setting has that name" action={<Button onClick={() => setTyped('')}>Show all settings</Button>}>
              Try another word: “sms”, “dark”, “token”.
            </EmptyState>
          )}
          {shown.map(({ id, title, items }) => (
            <div key={id} className="settings-section">
              <h2 id={`settings-${id}`} tabIndex={-1}>
                {title}
              </h2>
              {items.map(({ id: item, content }) => (
                <Content key={item} content={content} />
              ))}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
