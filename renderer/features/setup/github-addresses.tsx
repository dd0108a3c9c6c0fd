import { useState } from 'react';
import { Field } from '../../ui/field.tsx';
import { addressOf } from './address.ts';
import { Advanced } from './card.tsx';

/** Where GitHub is, as typed; null where it is the usual place. */
export interface Addresses {
  readonly apiUrl: string | null;
  readonly webUrl: string | null;
}

/** The two fields for a GitHub Enterprise Server, and how to read them: null when one of them is no address, which is said there. */
export function useAddresses() {
  const [apiUrl, setApiUrl] = useState('');
  const [webUrl, setWebUrl] = useState('');
  const [wrong, setWrong] = useState<Addresses>({ apiUrl: null, webUrl: null });

  const read = (): Addresses | null => {
    const [api, web] = [addressOf(apiUrl), addressOf(webUrl)];
    setWrong({ apiUrl: api.ok ? null : api.wrong, webUrl: web.ok ? null : web.wrong });
    return api.ok && web.ok ? { apiUrl: api.value, webUrl: web.value } : null;
  };

  const fields = (
    <Advanced>
      <Field
        label="API address"
        type="url"
        placeholder="https://api.github.com"
        hint="For GitHub Enterprise Server, such as https://github.example.com/api/v3"
        value={apiUrl}
        wrong={wrong.apiUrl}
        onText={setApiUrl}
      />
      <Field
        label="Web address"
        type="url"
        placeholder="https://github.com"
        hint="Where its repositories are cloned from."
        value={webUrl}
        wrong={wrong.webUrl}
        onText={setWebUrl}
      />
    </Advanced>
  );
  return { read, fields };
}
