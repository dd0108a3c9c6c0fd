import { useState } from 'react';
import type { RaviView } from '../../../shared/ravi.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { addressOf } from '../setup/address.ts';
import { Advanced } from '../setup/card.tsx';

/** Ravi's address: the field, and what keeps it before anything is sent there. */
export function useAddress(ravi: RaviView | undefined) {
  const kept = ravi?.address ?? '';
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, change] = useRequest('ravi.address');

  /** Whether the address stands as it was typed. */
  const keep = async (): Promise<boolean> => {
    const address = addressOf(typed ?? kept);
    setWrong(address.ok ? null : address.wrong);
    if (!address.ok) return false;
    if ((address.value ?? '') === kept) return true;
    const answer = await change({ address: address.value });
    const done = answer?.ok === true && answer.value;
    if (done) setTyped(null);
    return done;
  };
  const save = async () => {
    if (await keep()) say('done', 'Ravi is asked at that address from now on.');
  };

  const field = (
    <Advanced>
      <Field
        label="Base URL"
        type="url"
        placeholder="https://api.ravi.id"
        hint="Only where Ravi is at another address than usual: https://api.ravi.id, https://api.ravi.app, https://ravi.id, or this machine."
        value={typed ?? kept}
        wrong={wrong}
        onText={setTyped}
      />
      {typed !== null && typed.trim() !== kept && (
        <div className="setup-actions">
          <Button busy={busy} onClick={() => void save()}>
            Use this address
          </Button>
        </div>
      )}
    </Advanced>
  );
  return { keep, field };
}
