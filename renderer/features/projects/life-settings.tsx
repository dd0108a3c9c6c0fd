import { type FormEvent, useState } from 'react';
import type { AppState } from '../../../shared/model.ts';
import { type CredentialSettings, credentialSettings } from '../../../shared/policy.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';

type Kept = NonNullable<AppState['settings'][string]>;

const sleepAfter: readonly (readonly [hours: number | null, words: string])[] = [
  [null, 'never'],
  [1, 'after 1 hour without use'],
  [4, 'after 4 hours without use'],
  [8, 'after 8 hours without use'],
  [24, 'after a day without use'],
  [72, 'after 3 days without use'],
];

/** When credentials are made and go to sleep, and what new ones are called in the vault. */
export function LifeSettings({ kept }: { readonly kept: Kept }) {
  const [mintAt, setMintAt] = useState<CredentialSettings['mintAt']>(kept.mintAt);
  const [lapseHours, setLapseHours] = useState(kept.lapseHours);
  const [vaultKeyTemplate, setTemplate] = useState(kept.vaultKeyTemplate);
  const [saving, save] = useRequest('credentials.settings');
  const locked = useLocked();

  const after = { mintAt, lapseHours, vaultKeyTemplate: vaultKeyTemplate.trim() };
  const checked = credentialSettings.safeParse(after);
  const wrong = checked.success ? null : (checked.error.issues[0]?.message ?? 'That can’t be read.');
  const changed =
    after.mintAt !== kept.mintAt || after.lapseHours !== kept.lapseHours || after.vaultKeyTemplate !== kept.vaultKeyTemplate;
  const hours = sleepAfter.some(([known]) => known === kept.lapseHours)
    ? sleepAfter
    : [...sleepAfter, [kept.lapseHours, `after ${kept.lapseHours} hours without use`] as const];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wrong !== null) return;
    const answer = await save(after);
    if (answer?.ok) say('done', 'Saved. It counts from now on.');
  };

  return (
    <section className="project" aria-labelledby="life-settings">
      <h2 id="life-settings">For all projects</h2>
      <form className="policy-form" onSubmit={(event) => void submit(event)}>
        <ManagedLine paths={['credentials']} />
        <fieldset className="choices" disabled={locked('credentials.mintAt')}>
          <legend>A credential is made</legend>
          <label className="choice">
            <input type="radio" name="mint-at" checked={mintAt === 'creation'} onChange={() => setMintAt('creation')} />
            <span>when its worktree is created</span>
          </label>
          <label className="choice">
            <input type="radio" name="mint-at" checked={mintAt === 'first-use'} onChange={() => setMintAt('first-use')} />
            <span>
              at its first use
              <span className="choice-hint">git waits a moment then. Worktrees that never push never have one.</span>
            </span>
          </label>
        </fieldset>
        <div className="labelled">
          <label htmlFor="lapse">It goes to sleep</label>
          <select
            id="lapse"
            className="field"
            value={lapseHours ?? ''}
            disabled={locked('credentials.lapseHours')}
            onChange={(event) => setLapseHours(event.target.value === '' ? null : Number(event.target.value))}
          >
            {hours.map(([value, words]) => (
              <option key={words} value={value ?? ''}>
                {words}
              </option>
            ))}
          </select>
          <p className="labelled-hint">Asleep it is not renewed; git’s next question wakes it.</p>
        </div>
        <Field
          label="Its name in the vault"
          hint="<SLUG> stands for project and branch. Worktrees that exist keep the name that they have."
          value={vaultKeyTemplate}
          disabled={locked('credentials.vaultKeyTemplate')}
          wrong={wrong}
          onText={setTemplate}
        />
        <div className="policy-actions">
          <Button submit busy={saving} disabled={!changed}>
            Save for all projects
          </Button>
        </div>
      </form>
    </section>
  );
}
