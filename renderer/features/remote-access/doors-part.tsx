import type { DoorView } from '../../../shared/remote-access.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';
import { showDoors } from '../../view.ts';

const time = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const shapes: Readonly<Record<DoorView['what'], Shape>> = {
  entered: 'finished',
  left: 'idle',
  refused: 'failed',
  'locked-out': 'needs-you',
};
const words: Readonly<Record<DoorView['what'], string>> = {
  entered: 'Came in',
  left: 'Left',
  refused: 'Refused',
  'locked-out': 'Locked out',
};
const shown = 12;

/** What happened at the doors of late; all of it is in the audit log. */
export function DoorsPart() {
  const doors = useFeed((feed) => feed.state.doors);
  const list = Object.values(doors)
    .sort((a, b) => b.seq - a.seq)
    .slice(0, shown);
  return (
    <section className="remote-part" aria-labelledby="doors-head">
      <div className="remote-head">
        <h2 id="doors-head">Recent doors</h2>
        {list.length > 0 && (
          <Button look="quiet" onClick={showDoors}>
            Open the log
          </Button>
        )}
      </div>
      {list.length === 0 ? (
        <p className="remote-none">Nobody has knocked yet.</p>
      ) : (
        <ul className="grants">
          {list.map(({ seq, at, what, message, address }) => (
            <li key={seq} className="door">
              <time className="figures" dateTime={new Date(at).toISOString()}>
                {time.format(at)}
              </time>
              <StatusShape shape={shapes[what]} />
              <span className="door-message">
                <span className="unseen">{words[what]}: </span>
                {message}
              </span>
              <code className="cut">{address}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
