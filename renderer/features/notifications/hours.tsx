import type { NotifyingView, QuietHours } from '../../../shared/notifications.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import type { Choices } from './choices.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
/** From Monday on. */
const week = [1, 2, 3, 4, 5, 6, 0] as const;
const minutes = [1, 2, 5, 10, 15, 30, 60, 120] as const;

const two = (value: number): string => String(value).padStart(2, '0');
/** "22:00" from minutes after midnight. */
export const clockText = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
/** Minutes after midnight from "22:00"; null while nothing whole is typed. */
export function minuteOf(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}

function Minutes({
  label,
  value,
  disabled,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly disabled: boolean;
  readonly onChange: (value: number) => void;
}) {
  const options = minutes.includes(value as (typeof minutes)[number]) ? minutes : [...minutes, value].sort((a, b) => a - b);
  return (
    <select
      className="field"
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {options.map((one) => (
        <option key={one} value={one}>
          {one} min
        </option>
      ))}
    </select>
  );
}

function Time({
  label,
  value,
  disabled,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly disabled: boolean;
  readonly onChange: (value: number) => void;
}) {
  return (
    <input
      type="time"
      className="field"
      aria-label={label}
      value={clockText(value)}
      disabled={disabled}
      onChange={(event) => {
        const minute = minuteOf(event.target.value);
        if (minute !== null) onChange(minute);
      }}
    />
  );
}

function Quiet({ settings, choose }: Choices) {
  const { quiet } = settings;
  const locked = useLocked();
  const change = (part: Partial<QuietHours>): void => choose({ ...settings, quiet: { ...quiet, ...part } });
  return (
    <section className="told-part" aria-labelledby="quiet-heading">
      <h2 id="quiet-heading">Quiet hours</h2>
      <ManagedLine paths={['notifications.quiet']} />
      <label className="choice">
        <input
          type="checkbox"
          checked={quiet.on}
          disabled={locked('notifications.quiet.on')}
          onChange={(event) => change({ on: event.target.checked })}
        />
        <span>Tell me nothing but what is urgent in these hours</span>
      </label>
      {quiet.on && (
        <>
          <p className="part-line">
            From{' '}
            <Time
              label="Quiet from"
              value={quiet.from}
              disabled={locked('notifications.quiet.from')}
              onChange={(from) => change({ from })}
            />{' '}
            to{' '}
            <Time
              label="Quiet to"
              value={quiet.to}
              disabled={locked('notifications.quiet.to')}
              onChange={(to) => change({ to })}
            />
            <span className="quiet">{quiet.from >= quiet.to ? 'of the next day' : 'of the same day'}</span>
          </p>
          <fieldset className="days" disabled={locked('notifications.quiet.days')}>
            <legend>beginning on</legend>
            {week.map((day) => (
              <label key={day} className="segment">
                <input
                  type="checkbox"
                  className="unseen"
                  checked={quiet.days.includes(day)}
                  onChange={(event) =>
                    change({ days: event.target.checked ? [...quiet.days, day].sort() : quiet.days.filter((one) => one !== day) })
                  }
                />
                <span>
                  {days[day].slice(0, 2)}
                  <span className="unseen">{days[day].slice(2)}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <p className="quiet">A session that still waits for you when they end is told then.</p>
        </>
      )}
    </section>
  );
}

function Away({ settings, choose, presence }: Choices & { readonly presence: NotifyingView['presence'] }) {
  const locked = useLocked();
  const limits = [...new Set([presence.idle, presence.locked].filter((limit) => limit !== null))];
  return (
    <section className="told-part" aria-labelledby="away-heading">
      <h2 id="away-heading">When I’m away</h2>
      <ManagedLine paths={['notifications.awayMinutes', 'notifications.awayWithoutJean', 'notifications.escalateMinutes']} />
      <p className="part-line">
        I am away after{' '}
        <Minutes
          label="Away after"
          value={settings.awayMinutes}
          disabled={locked('notifications.awayMinutes')}
          onChange={(awayMinutes) => choose({ ...settings, awayMinutes })}
        />{' '}
        without input, or when the screen is locked.
      </p>
      {limits.map((limit) => (
        <p key={limit} className="part-limit">
          <StatusShape shape="needs-you" /> {limit}
        </p>
      ))}
      <label className="choice">
        <input
          type="checkbox"
          checked={settings.awayWithoutJean}
          disabled={locked('notifications.awayWithoutJean')}
          onChange={(event) => choose({ ...settings, awayWithoutJean: event.target.checked })}
        />
        <span>
          I also count as away while Jean is not the window in front
          {presence.front !== null && <span className="choice-hint">{presence.front}</span>}
        </span>
      </label>
      <p className="part-line">
        What was not seen on this desk within{' '}
        <Minutes
          label="Not seen within"
          value={settings.escalateMinutes}
          disabled={locked('notifications.escalateMinutes')}
          onChange={(escalateMinutes) => choose({ ...settings, escalateMinutes })}
        />{' '}
        goes over the channels whose rule says so.
      </p>
      <p className="quiet">Seen is what you clicked, opened here, or answered.</p>
    </section>
  );
}

function JeanBanners({ banners }: { readonly banners: NotifyingView['jeanBanners'] }) {
  const [busy, choose] = useRequest('notifications.jeanBanners');
  const { on, wantedOff } = banners;
  return (
    <section className="told-part" aria-labelledby="banners-heading">
      <h2 id="banners-heading">Jean’s own banners</h2>
      <p>
        {wantedOff
          ? 'Jean shows none while the Companion runs. They are turned on again when it quits.'
          : 'Jean shows banners of its own when a session finishes, fails or waits, so you may be told twice. The Companion can turn them off in Jean’s preferences, and turns them on again when it quits.'}
      </p>
      {wantedOff && (
        <p className="quiet">
          If it crashes, or Jean can’t be reached when it quits, they stay off until it is started again. Before you delete it,
          use “Quit for good” under Settings: the uninstallers for Windows and Debian turn them on as well, while Jean runs; a Mac
          app and an AppImage have none.
        </p>
      )}
      {on === null && !wantedOff && (
        <p className="quiet">Jean has not said yet whether they are on. It is asked when it is connected.</p>
      )}
      {on === false && !wantedOff && <p className="quiet">They are off in Jean’s preferences already.</p>}
      {(on === true || wantedOff) && (
        <div className="part-actions">
          <Button busy={busy} onClick={() => void choose({ off: !wantedOff })}>
            {wantedOff ? 'Give Jean its banners back' : 'Turn Jean’s banners off'}
          </Button>
        </div>
      )}
    </section>
  );
}

/** When the person is not to be told, when they count as away, and whether Jean tells too. */
export function Hours({ view, choices }: { readonly view: NotifyingView; readonly choices: Choices }) {
  return (
    <>
      <Quiet {...choices} />
      <Away {...choices} presence={view.presence} />
      <JeanBanners banners={view.jeanBanners} />
    </>
  );
}
