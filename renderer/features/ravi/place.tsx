import type { KeepIn, RaviView } from '../../../shared/ravi.ts';
import { useRequest } from '../../actions.ts';
import { ManagedLine, useLocked } from '../settings/managed.tsx';

const counted = (count: number): string => (count === 1 ? '1 credential' : `${count} credentials`);

/** Entries on their way to another vault, and what is in their way. */
export function Moving({ moving }: { readonly moving: NonNullable<RaviView['moving']> }) {
  const { to, total, done, trouble } = moving;
  const words = `${counted(total)} to ${to}: ${done} moved. git goes on meanwhile.`;
  return (
    <>
      <p role="status">{words}</p>
      <progress className="ravi-move" aria-label="Moving credentials" value={done} max={total} />
      {trouble && <p className="ravi-wrong">{trouble} It is tried again by itself.</p>}
    </>
  );
}

/** Where the values of credentials are kept, and the way of those that lie elsewhere. */
export function KeepingPlace({ ravi, local }: { readonly ravi: RaviView; readonly local: string }) {
  const [busy, keep] = useRequest('ravi.keepIn');
  const locked = useLocked()('keepIn');
  const choice = (place: KeepIn, words: string, hint: string) => (
    <label>
      <input
        type="radio"
        name="ravi-place"
        checked={ravi.keepIn === place}
        disabled={busy}
        onChange={() => void keep({ place })}
      />
      <span>
        {words}
        <span className="setup-hint">{hint}</span>
      </span>
    </label>
  );
  return (
    <div className="ravi-part">
      <fieldset className="ravi-places" disabled={locked}>
        <legend>
          <h3>Credentials are kept in</h3>
        </legend>
        {choice('ravi', 'Ravi’s vault', 'Encrypted at rest by Ravi.')}
        {choice('local', 'this machine', local)}
      </fieldset>
      <ManagedLine paths={['keepIn']} />
      {ravi.moving && <Moving moving={ravi.moving} />}
    </div>
  );
}
