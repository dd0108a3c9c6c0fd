import { useState } from 'react';
import {
  type ChannelName,
  channelName,
  kindWords,
  type NoticeKind,
  noticeKind,
  type Outcome,
} from '../../../shared/notifications.ts';
import { useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { channelNames, outcomeWords } from './outcome-words.ts';

/** Sends a made-up notice of a kind over one channel, and says what became of it. */
export function Try() {
  const [kind, setKind] = useState<NoticeKind>('needs-permission');
  const [busy, send] = useRequest('notifications.test');
  const [results, setResults] = useState<Readonly<Partial<Record<ChannelName, Outcome>>>>({});
  const now = useNow();
  const attempt = async (channel: ChannelName): Promise<void> => {
    const answer = await send({ kind, channel });
    if (answer?.ok) setResults((before) => ({ ...before, [channel]: answer.value }));
  };
  return (
    <section className="told-part" aria-labelledby="try-heading">
      <h2 id="try-heading">Try a channel</h2>
      <p>A made-up notification is sent at once, whatever the rules and quiet hours say.</p>
      <div className="labelled">
        <label htmlFor="try-kind">As if</label>
        <select
          id="try-kind"
          className="field"
          value={kind}
          onChange={(event) => {
            setKind(noticeKind.parse(event.target.value));
            setResults({});
          }}
        >
          {noticeKind.options.map((one) => (
            <option key={one} value={one}>
              {kindWords[one]}
            </option>
          ))}
        </select>
      </div>
      <ul className="tries">
        {channelName.options.map((channel) => {
          const result = results[channel];
          return (
            <li key={channel}>
              <Button busy={busy} onClick={() => void attempt(channel)} aria-label={`Try ${channelNames[channel]}`}>
                {channelNames[channel]}
              </Button>
              <p role="status" className={result?.type === 'sent' ? undefined : 'quiet'}>
                {result ? outcomeWords(result, now) : ''}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
