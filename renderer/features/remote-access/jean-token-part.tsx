import { type FormEvent, useState } from 'react';
import { agoWords } from '../../../shared/format.ts';
import { bucketOf } from '../../../shared/model.ts';
import { type JeanTokenView, type RotationEvery, rotationEvery } from '../../../shared/remote-access.ts';
import type { RemoteView } from '../../../shared/remote-settings.ts';
import { run, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { newTokenWords } from './asked-words.ts';

const everyWords: Readonly<Record<RotationEvery, string>> = {
  never: 'Never',
  daily: 'Every day',
  weekly: 'Every week',
  monthly: 'Every month',
};
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const hours = Array.from({ length: 24 }, (_none, hour) => hour);

function RestartWayDialog({
  instanceId,
  name,
  onClose,
}: {
  readonly instanceId: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const [kind, setKind] = useState<'systemd' | 'command'>('systemd');
  const [text, setText] = useState('');
  const [busy, save] = useRequest('jeanToken.restartWay');
  const way = kind === 'systemd' ? ({ kind, unit: text.trim() } as const) : ({ kind, command: text.trim() } as const);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await save({ instanceId, way });
    if (answer?.ok && answer.value) onClose();
  };
  const forget = async () => {
    const answer = await save({ instanceId, way: null });
    if (answer?.ok) onClose();
  };
  return (
    <Dialog title={`How ${name} is restarted`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset className="roles dialog-field">
          <legend className="unseen">By</legend>
          <label className="choice">
            <input type="radio" name="way" checked={kind === 'systemd'} onChange={() => setKind('systemd')} />
            <span>A systemd unit of yours</span>
          </label>
          <label className="choice">
            <input type="radio" name="way" checked={kind === 'command'} onChange={() => setKind('command')} />
            <span>
              A command
              <span className="choice-hint">It runs as you, without a shell, each time that Jean is to restart.</span>
            </span>
          </label>
        </fieldset>
        <Field
          label={kind === 'systemd' ? 'Unit' : 'Command'}
          hint={kind === 'systemd' ? 'As in jean-server.service' : 'As in docker restart jean'}
          value={text}
          onText={setText}
        />
        <div className="dialog-actions">
          <Button look="quiet" onClick={() => void forget()}>
            Restart it by hand
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" submit busy={busy}>
            Use it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function OneToken({ instanceId, name, token, several }: OneTokenProps) {
  const now = useNow(token.rotatedAt, token.nextAt);
  const [rotating, rotate] = useRequest('jeanToken.rotate');
  const [restarting, restart] = useRequest('jeanToken.restart');
  const [asking, setAsking] = useState(false);
  const [sure, setSure] = useState<'restart' | 'rotate' | null>(null);
  const running = useFeed(
    ({ state: { sessions } }) =>
      Object.values(sessions).filter((one) => one.instanceId === instanceId && bucketOf(one.status) === 'running').length,
  );
  const begin = () => {
    setSure(null);
    void restart({ instanceId, ending: running });
  };
  const waiting = token.state === 'waiting' || token.state === 'restarting';
  return (
    <div className="jean-token">
      {several && <h3>{name}</h3>}
      {waiting && (
        <Notice
          shape="needs-you"
          action={
            token.restart !== 'none' && (
              <Button
                busy={restarting || token.state === 'restarting'}
                onClick={() => (running === 0 ? begin() : setSure('restart'))}
              >
                Restart {name}
              </Button>
            )
          }
        >
          {token.message}
        </Notice>
      )}
      {token.trouble !== null && <p className="remote-trouble">{token.trouble}</p>}
      <Facts
        facts={[
          ['State', waiting ? null : token.message],
          ['Kept in', token.vault === null ? 'not kept yet' : token.vault],
          ['Key', <code key="key">{token.vaultKey}</code>],
          ['Made anew', token.rotatedAt === null ? 'not by the Companion yet' : agoWords(token.rotatedAt, now)],
          ['Next time', token.nextAt === null ? null : exact.format(token.nextAt)],
        ]}
      />
      <div className="grant-acts">
        <Button busy={rotating || token.state === 'rotating'} onClick={() => setSure('rotate')}>
          Make a new token…
        </Button>
        <Button onClick={() => setAsking(true)}>
          {token.restart === 'none' ? 'Say how to restart it…' : 'Change how it restarts…'}
        </Button>
      </div>
      {sure === 'restart' && (
        <Confirm
          title={`Restart ${name}?`}
          says={[
            running === 1
              ? 'One session runs in it: what it does now ends, and is not taken up again by itself.'
              : `${running} sessions run in it: what they do now ends, and is not taken up again by itself.`,
          ]}
          keep={running === 1 ? 'Let it finish' : 'Let them finish'}
          yes="Restart now"
          onYes={begin}
          onClose={() => setSure(null)}
        />
      )}
      {sure === 'rotate' && (
        <Confirm
          title={`A new token for ${name}`}
          says={newTokenWords(name, token)}
          keep="Keep the old one"
          yes="Make a new token"
          busy={rotating}
          onYes={() => void rotate({ instanceId }).then(() => setSure(null))}
          onClose={() => setSure(null)}
        />
      )}
      {asking && <RestartWayDialog instanceId={instanceId} name={name} onClose={() => setAsking(false)} />}
    </div>
  );
}

interface OneTokenProps {
  readonly instanceId: string;
  readonly name: string;
  readonly token: JeanTokenView;
  readonly several: boolean;
}

/** Jean's own token: where it is kept, when it is made anew, and what is still to be done for the new one to hold. */
export function JeanTokenPart({ view }: { readonly view: RemoteView }) {
  const listeners = useFeed((feed) => feed.state.listeners);
  const list = Object.values(listeners).flatMap(({ instanceId, name, jeanToken }) =>
    jeanToken === null ? [] : [{ instanceId, name, token: jeanToken }],
  );
  const { every, hour } = view.rotation;
  const locked = useLocked();
  return (
    <section className="remote-part" aria-labelledby="jean-token-head">
      <h2 id="jean-token-head">Jean’s own token</h2>
      <p className="remote-why">
        It opens a full shell, so nobody gets it: the gateway adds it on the way in. Jean takes a new one only when it restarts.
      </p>
      <ManagedLine paths={['remoteAccess.rotation']} />
      <div className="schedule">
        <div className="labelled">
          <label htmlFor="rotation-every">Make a new one</label>
          <select
            id="rotation-every"
            className="field"
            value={every}
            disabled={locked('remoteAccess.rotation.every')}
            onChange={(event) =>
              void run('jeanToken.schedule', { every: rotationEvery.parse(event.target.value), quietHour: hour })
            }
          >
            {rotationEvery.options.map((one) => (
              <option key={one} value={one}>
                {everyWords[one]}
              </option>
            ))}
          </select>
        </div>
        {every !== 'never' && (
          <div className="labelled">
            <label htmlFor="rotation-hour">At</label>
            <select
              id="rotation-hour"
              className="field"
              value={hour}
              disabled={locked('remoteAccess.rotation.hour')}
              onChange={(event) => void run('jeanToken.schedule', { every, quietHour: Number(event.target.value) })}
            >
              {hours.map((one) => (
                <option key={one} value={one}>{`${String(one).padStart(2, '0')}:00`}</option>
              ))}
            </select>
          </div>
        )}
      </div>
      {list.map((one) => (
        <OneToken key={one.instanceId} {...one} several={list.length > 1} />
      ))}
    </section>
  );
}
