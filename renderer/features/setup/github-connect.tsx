import { type FormEvent, useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import { requests } from '../../../shared/ipc.ts';
import type { ServiceView } from '../../../shared/model.ts';
import { say, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { type Addresses, useAddresses } from './github-addresses.tsx';

const appIdShape = requests['setup.github'].request.shape.appId;
const organizationShape = requests['setup.github.create'].request.shape.organization;

type Registration = NonNullable<ServiceView['registration']>;
interface Reads {
  readonly read: () => Addresses | null;
}

function Create({ read }: Reads) {
  const [owned, setOwned] = useState<'person' | 'organization'>('person');
  const [organization, setOrganization] = useState('');
  const [workflows, setWorkflows] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const [creating, create] = useRequest('setup.github.create');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const owner = organizationShape.safeParse(owned === 'person' ? null : organization.trim());
    setWrong(owner.success ? null : 'It is the name in the organization’s address at GitHub, such as acme.');
    const addresses = read();
    if (!owner.success || addresses === null) return;
    const answer = await create({ organization: owner.data, workflows, ...addresses });
    if (answer?.ok && answer.value) say('done', `The GitHub App ${answer.value.slug} was made and connected.`);
  };

  return (
    <form className="setup-form" onSubmit={(event) => void submit(event)}>
      <fieldset className="setup-choices">
        <legend>The App is to belong to</legend>
        <label>
          <input type="radio" name="owned" checked={owned === 'person'} onChange={() => setOwned('person')} /> my own account
        </label>
        <label>
          <input type="radio" name="owned" checked={owned === 'organization'} onChange={() => setOwned('organization')} /> an
          organization
        </label>
      </fieldset>
      {owned === 'organization' && (
        <Field
          label="Organization"
          placeholder="acme"
          hint="You have to be an owner of it, or a manager of its Apps."
          value={organization}
          wrong={wrong}
          onText={setOrganization}
        />
      )}
      <label className="setup-check">
        <input type="checkbox" checked={workflows} onChange={(event) => setWorkflows(event.target.checked)} />
        <span>
          It may be given workflow files
          <span className="setup-hint">
            Needed for the profile contribute + workflows alone. Each project decides for itself.
          </span>
        </span>
      </label>
      <div className="setup-actions">
        <Button submit look="primary" busy={creating}>
          Create a GitHub App
        </Button>
      </div>
      <p className="quiet setup-small">
        Your browser opens GitHub’s page with everything filled in. The App is yours alone, and its key comes straight into the
        Companion’s encrypted store.
      </p>
    </form>
  );
}

function Import({ read }: Reads) {
  const [appId, setAppId] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [connecting, connect] = useRequest('setup.github');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const known = appIdShape.safeParse(appId.trim());
    setWrong(known.success ? null : 'It is a number such as 1234567, or a client id such as Iv23liA1b2C3d4E5f6G7.');
    const addresses = read();
    if (!known.success || addresses === null) return;
    const answer = await connect({ appId: known.data, ...addresses });
    if (answer?.ok && answer.value) say('done', `Connected as ${answer.value.slug}.`);
  };

  return (
    <details className="setup-advanced">
      <summary>Use an App that you have</summary>
      <form className="setup-form" onSubmit={(event) => void submit(event)}>
        <Field
          label="App id or client id"
          placeholder="1234567"
          hint="On the App's settings page at GitHub, under About."
          value={appId}
          wrong={wrong}
          onText={setAppId}
        />
        <div className="setup-actions">
          <Button submit busy={connecting}>
            Choose the private key…
          </Button>
        </div>
        <p className="quiet setup-small">
          The key goes from its file into the Companion's encrypted store. This page never sees it.
        </p>
      </form>
    </details>
  );
}

function Waiting({ registration }: { readonly registration: Registration }) {
  const now = useNow(registration.expiresAt);
  const [cancelling, cancel] = useRequest('setup.github.cancel');
  return (
    <div className="setup-login" role="status">
      <p>Go on in your browser: GitHub’s page makes the App, and then asks for its repositories.</p>
      <p className="quiet">The Companion waits for {durationWords(Math.max(0, registration.expiresAt - now))}.</p>
      <Button busy={cancelling} onClick={() => void cancel(undefined)}>
        Cancel
      </Button>
    </div>
  );
}

/** The ways to a GitHub App: made at GitHub now, or one that is there already. */
export function GithubConnect({ registration }: { readonly registration: Registration | undefined }) {
  const { read, fields } = useAddresses();
  return (
    <>
      {registration && <Waiting registration={registration} />}
      <div className="setup-ways" hidden={registration !== undefined}>
        <Create read={read} />
        <Import read={read} />
        {fields}
      </div>
    </>
  );
}
