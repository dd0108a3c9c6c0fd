import { kindWords, type NoticeEntry } from '../../../shared/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { show } from '../../view.ts';
import { channelNames, outcomeWords, summary } from './outcome-words.ts';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

interface NoticeRowProps {
  readonly entry: NoticeEntry;
  readonly now: number;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** One notice; unfolds to what became of it on each channel, and why. */
export function NoticeRow({ entry, now, open, onToggle }: NoticeRowProps) {
  const { shape, words } = summary(entry, now);
  return (
    <div className={open ? 'notice-row notice-row-open' : 'notice-row'}>
      <button type="button" className="notice-line" data-row aria-expanded={open} onClick={onToggle}>
        <time dateTime={new Date(entry.at).toISOString()}>{time.format(entry.at)}</time>
        <StatusShape shape={shape} />
        <span className="notice-words">
          <span className="notice-title cut">
            {entry.title}
            {entry.urgent && <span className="notice-urgent">urgent</span>}
          </span>
          <span className="notice-body cut">{entry.body}</span>
        </span>
        <span className="notice-outcome cut">{words}</span>
      </button>
      {open && (
        <div className="notice-detail">
          <Facts
            facts={[
              ...entry.outcomes.map(({ channel, outcome }) => [channelNames[channel], outcomeWords(outcome, now)] as const),
              ['Told as', entry.digest],
              ['What', kindWords[entry.kind]],
              ['When', exact.format(entry.at)],
              ['Seen', entry.seenAt === null ? null : exact.format(entry.seenAt)],
              ['Over', entry.overAt === null ? null : exact.format(entry.overAt)],
            ]}
          />
          <Button onClick={() => show(entry.target.page, entry.target.id)}>Open what it is about</Button>
        </div>
      )}
    </div>
  );
}
