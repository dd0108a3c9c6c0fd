import { useEffect, useState } from 'react';
import { kindWords, type NoticeKind, noticeKind } from '../../../shared/notifications.ts';
import { type SoundSettings, sound, soundOf, soundWords } from '../../../shared/sounds.ts';
import { StatusShape } from '../../ui/status-shape.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import type { Choices } from './choices.ts';

/** What is heard with each kind of notification, and how loud. `limit`: why tones of ours can't be heard on this desktop. */
export function Sounds({ choices: { settings, choose }, limit }: { readonly choices: Choices; readonly limit: string | null }) {
  const { sounds } = settings;
  const locked = useLocked();
  const [volume, setVolume] = useState(sounds.volume);
  useEffect(() => setVolume(sounds.volume), [sounds.volume]);
  const save = (change: Partial<SoundSettings>): void => choose({ ...settings, sounds: { ...sounds, ...change } });
  const keepVolume = (): void => {
    if (volume !== sounds.volume) save({ volume });
  };
  return (
    <section className="told-part" aria-labelledby="sounds-heading">
      <h2 id="sounds-heading">Sounds on this desk</h2>
      <ManagedLine paths={['notifications.sounds']} />
      {limit !== null && (
        <p className="part-limit">
          <StatusShape shape="needs-you" /> {limit}
        </p>
      )}
      <div className="labelled">
        <label htmlFor="volume">Volume of chime, knock and alert</label>
        <div className="volume">
          <input
            id="volume"
            type="range"
            min={0}
            max={100}
            step={5}
            value={volume}
            disabled={locked('notifications.sounds.volume')}
            aria-valuetext={`${volume} percent`}
            onChange={(event) => setVolume(Number(event.target.value))}
            onPointerUp={keepVolume}
            onKeyUp={keepVolume}
            onBlur={keepVolume}
          />
          <span className="figures">{`${volume} %`}</span>
        </div>
        <p className="labelled-hint">The desktop’s own sound has the desktop’s volume. Hear them under “Try it”.</p>
      </div>
      <ul className="sound-kinds">
        {noticeKind.options.map((kind: NoticeKind) => (
          <li key={kind}>
            <label htmlFor={`sound-${kind}`}>{kindWords[kind]}</label>
            <select
              id={`sound-${kind}`}
              className="field"
              value={soundOf(sounds, kind)}
              disabled={locked(`notifications.sounds.kinds.${kind}`)}
              onChange={(event) => save({ kinds: { ...sounds.kinds, [kind]: sound.parse(event.target.value) } })}
            >
              {sound.options.map((one) => (
                <option key={one} value={one}>
                  {soundWords[one]}
                </option>
              ))}
            </select>
          </li>
        ))}
      </ul>
    </section>
  );
}
