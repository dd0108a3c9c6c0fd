import { useState } from 'react';
import type { ResponseOf } from '../../../shared/ipc.ts';
import { partWords } from '../../../shared/preferences.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { usePreferences } from './setting.tsx';

type Offered = NonNullable<ResponseOf<'settings.import'>>;

function Offer({ offered, onClose }: { readonly offered: Offered; readonly onClose: () => void }) {
  const [taking, take] = useRequest('settings.take');
  const managed = (usePreferences()?.managed.length ?? 0) > 0;
  const { changes, file, id } = offered;
  const start = async () => {
    const answer = await take({ id });
    if (answer?.ok) say('done', 'The settings were imported.');
    onClose();
  };
  return (
    <Dialog title="Import settings" className="setting-offer" onClose={onClose}>
      <p className="cut" title={file}>
        <code>{file}</code>
      </p>
      {changes.length === 0 ? (
        <p>Everything in this file is as it is here already. There is nothing to import.</p>
      ) : (
        <>
          <p>
            {changes.length === 1 ? 'One value changes' : `${changes.length} values change`}. Accounts, keys and Jeans stay as
            they are; recipients that are new are verified before anything is sent to them.
            {managed && ' What your organization has set stays as it is.'}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard too */}
          <section className="setting-changes" aria-label="Changes" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Setting</th>
                  <th scope="col">Now</th>
                  <th scope="col">Then</th>
                </tr>
              </thead>
              <tbody>
                {changes.map(({ part, name, from, to }) => (
                  <tr key={`${part} ${name}`}>
                    <td>{name === partWords[part] ? name : `${partWords[part]} · ${name}`}</td>
                    <td>{from}</td>
                    <td>{to}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>{changes.length === 0 ? 'Close' : 'Cancel'}</Button>
        {changes.length > 0 && (
          <Button look="primary" busy={taking} onClick={() => void start()}>
            Import
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** Takes the settings to another computer, or from one. */
export function Exchange() {
  const [exporting, save] = useRequest('settings.export');
  const [choosing, choose] = useRequest('settings.import');
  const [offered, setOffered] = useState<Offered | null>(null);

  const toFile = async () => {
    const answer = await save(undefined);
    if (answer?.ok && answer.value) say('done', `Exported to ${answer.value.path}.`);
  };
  const fromFile = async () => {
    const answer = await choose(undefined);
    if (answer?.ok && answer.value) setOffered(answer.value);
  };

  return (
    <div className="setting">
      <div className="setting-words">
        <p className="setting-title">Take the settings to another computer</p>
        <p className="setting-hint">The file has no key, token or account in it. An import is shown before it is done.</p>
      </div>
      <div className="setting-control">
        <Button busy={exporting} onClick={() => void toFile()}>
          Export…
        </Button>
        <Button busy={choosing} onClick={() => void fromFile()}>
          Import…
        </Button>
      </div>
      {offered && <Offer offered={offered} onClose={() => setOffered(null)} />}
    </div>
  );
}
