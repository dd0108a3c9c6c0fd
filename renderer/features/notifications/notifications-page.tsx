import { type KeyboardEvent, useRef } from 'react';
import type { NotifyingView } from '../../../shared/notifications.ts';
import { run } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { AwayLines } from '../../shell/away.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Busy } from '../../ui/states.tsx';
import { type NoticeTab, noticeTabs, useView } from '../../view.ts';
import { Channels } from './channels-part.tsx';
import { useChoices } from './choices.ts';
import { History } from './history.tsx';
import { Hours } from './hours.tsx';
import { Rules } from './rules.tsx';
import { Sounds } from './sounds.tsx';
import { Try } from './try.tsx';
import './notifications.css';

const tabNames: Readonly<Record<NoticeTab, string>> = {
  history: 'History',
  rules: 'Rules',
  hours: 'Away and quiet',
  channels: 'Channels',
  try: 'Try it',
};

function Tabs({ tab }: { readonly tab: NoticeTab }) {
  const box = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = noticeTabs[(noticeTabs.indexOf(tab) + step + noticeTabs.length) % noticeTabs.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    useView.setState({ noticeTab: next });
    box.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div ref={box} className="tabs" role="tablist" aria-label="Parts" onKeyDown={move}>
      {noticeTabs.map((one) => (
        <button
          key={one}
          type="button"
          id={`tab-${one}`}
          role="tab"
          className="tab"
          aria-selected={one === tab}
          aria-controls="notices-part"
          tabIndex={one === tab ? 0 : -1}
          onClick={() => useView.setState({ noticeTab: one })}
        >
          {tabNames[one]}
        </button>
      ))}
    </div>
  );
}

const untilWords = new Intl.DateTimeFormat(undefined, { weekday: 'long', hour: '2-digit', minute: '2-digit' });

function Mute({ until }: { readonly until: number | null }) {
  if (until !== null)
    return (
      <div className="mute">
        <Button onClick={() => void run('notifications.mute', { until: null })}>Unmute</Button>
      </div>
    );
  return (
    <div className="mute">
      <Button onClick={() => void run('notifications.mute', { until: 'hour' })}>Mute for 1 hour</Button>
      <Button onClick={() => void run('notifications.mute', { until: 'tomorrow' })}>Until tomorrow</Button>
    </div>
  );
}

function Parts({ view }: { readonly view: NotifyingView }) {
  const tab = useView((state) => state.noticeTab);
  const now = useNow(view.mutedUntil);
  const choices = useChoices(view.settings);
  const mutedUntil = view.mutedUntil !== null && view.mutedUntil > now ? view.mutedUntil : null;
  return (
    <>
      <PageHead title="Notifications">{mutedUntil !== null && `Muted until ${untilWords.format(mutedUntil)}`}</PageHead>
      <div className="page-body notifications">
        <div className="notices-head">
          <Tabs tab={tab} />
          <Mute until={mutedUntil} />
        </div>
        <AwayLines page="notifications" />
        <div id="notices-part" className="notices-part" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'history' && <History head={view.head} />}
          {tab === 'rules' && <Rules {...choices} />}
          {tab === 'hours' && <Hours view={view} choices={choices} />}
          {tab === 'channels' && (
            <>
              <Channels />
              <Sounds choices={choices} limit={view.presence.sound} />
            </>
          )}
          {tab === 'try' && <Try />}
        </div>
      </div>
    </>
  );
}

/** What was told and what was not, and the person's choices about it. */
export function NotificationsPage() {
  const view = useFeed((feed) => feed.state.notifying.notifying);
  if (view) return <Parts view={view} />;
  return (
    <>
      <PageHead title="Notifications" />
      <Busy>Getting your choices</Busy>
    </>
  );
}
