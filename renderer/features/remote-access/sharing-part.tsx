import { useState } from 'react';
import { type BindChoice, bindChoice } from '../../../shared/remote-access.ts';
import { type RemoteView, tlsOf } from '../../../shared/remote-settings.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { bindWords } from './grant-words.ts';
import { readHosts } from './hosts.ts';

type Tls = 'none' | 'self-signed' | 'files' | 'same';

/** Where it listens, under which names, and how it is encrypted. */
export function SharingPart({ view }: { readonly view: RemoteView }) {
  const [busy, choose] = useRequest('remote.choose');
  const [names, setNames] = useState(view.hosts.join(', '));
  const { hosts, wrong } = readHosts(names);
  const tls = tlsOf(view);
  const locked = useLocked();
  const set = (over: { readonly bind?: BindChoice; readonly hosts?: readonly string[]; readonly tls?: Tls }): void =>
    void choose({ bind: view.bind, tls: 'same', ...over, hosts: [...(over.hosts ?? view.hosts)] });
  const changed = hosts.join() !== view.hosts.join();
  return (
    <section className="remote-part" aria-labelledby="sharing-head" aria-busy={busy}>
      <h2 id="sharing-head">How it is shared</h2>
      <ManagedLine paths={['remoteAccess.bind', 'remoteAccess.tls', 'remoteAccess.hosts']} />
      <fieldset className="roles" disabled={locked('remoteAccess.bind')}>
        <legend>Listens on</legend>
        {bindChoice.options.map((bind) => (
          <label key={bind} className="choice">
            <input type="radio" name="bind" checked={view.bind === bind} onChange={() => set({ bind })} />
            <span>
              {bindWords[bind].name}
              <span className="choice-hint">
                {bindWords[bind].what}
                {bind !== 'loopback' && ' Always encrypted.'}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="roles" disabled={locked('remoteAccess.tls')}>
        <legend>Encryption</legend>
        {view.bind === 'loopback' && (
          <label className="choice">
            <input type="radio" name="tls" checked={tls.kind === 'none'} onChange={() => set({ tls: 'none' })} />
            <span>
              None
              <span className="choice-hint">Nothing leaves this computer, or your own tunnel encrypts.</span>
            </span>
          </label>
        )}
        <label className="choice">
          <input type="radio" name="tls" checked={tls.kind === 'self-signed'} onChange={() => set({ tls: 'self-signed' })} />
          <span>
            A certificate made here
            <span className="choice-hint">Browsers ask once; its fingerprint is shown above.</span>
          </span>
        </label>
        <label className="choice">
          <input type="radio" name="tls" checked={tls.kind === 'files'} onChange={() => set({ tls: 'files' })} />
          <span>
            Files of your own…
            <span className="choice-hint">
              {tls.kind === 'files'
                ? tls.certificate
                : 'A certificate and its key, chosen in a dialog. They are read again when they change.'}
            </span>
          </span>
        </label>
        {tls.kind === 'files' && (
          <Button className="roles-act" onClick={() => set({ tls: 'files' })}>
            Choose other files…
          </Button>
        )}
      </fieldset>
      <form
        className="hosts"
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong === null) set({ hosts });
        }}
      >
        <Field
          label="Host names"
          hint="Names by which people reach this computer, as in desk.example.org. Requests for any other name are refused."
          value={names}
          disabled={locked('remoteAccess.hosts')}
          wrong={wrong}
          onText={setNames}
        />
        {changed && (
          <Button submit busy={busy}>
            Save the names
          </Button>
        )}
      </form>
    </section>
  );
}
