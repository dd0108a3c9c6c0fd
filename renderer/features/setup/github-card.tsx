import { type FormEvent, useState } from 'react';
import { requests } from '../../../shared/ipc.ts';
import type { ServiceView } from '../../../shared/model.ts';
import { run, say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { addressOf } from './address.ts';
import { Advanced, Card } from './card.tsx';

const appIdShape = requests['setup.github'].request.shape.appId;

type Wrong = Readonly<Record<'appId' | 'apiUrl' | 'webUrl', string | null>>;

function Connect() {
  const [appId, setAppId] = useState('');
  const [apiUrl, setApiUrl] = useState('');
  const [webUrl, setWebUrl] = useState('');
  const [wrong, setWrong] = useState<Wrong>({ appId: null, apiUrl: null, webUrl: null });
  const [connecting, connect] = useRequest('setup.github');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const [api, web] = [addressOf(apiUrl), addressOf(webUrl)];
    const known = appIdShape.safeParse(appId.trim());
    setWrong({
      appId: known.success ? null : 'It is a number such as 1234567, or a client id such as Iv23liA1b2C3d4E5f6G7.',
      apiUrl: api.ok ? null : api.wrong,
      webUrl: web.ok ? null : web.wrong,
    });
    if (!known.success || !api.ok || !web.ok) return;
    const answer = await connect({ appId: known.data, apiUrl: api.value, webUrl: web.value });
    if (answer?.ok && answer.value) say('done', `Connected as ${answer.value.slug}.`);
  };

  return (
    <form className="setup-form" onSubmit={(event) => void submit(event)}>
      <Field
        label="App id or client id"
        placeholder="1234567"
        hint="On the App's settings page at GitHub, under About."
        value={appId}
        wrong={wrong.appId}
        onText={setAppId}
      />
      <div className="setup-actions">
        <Button submit look="primary" busy={connecting}>
          Choose the private key…
        </Button>
      </div>
      <p className="quiet setup-small">
        The key goes from its file into the Companion's encrypted store. This page never sees it.
      </p>
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
    </form>
  );
}

function Disconnect({ onClose }: { readonly onClose: () => void }) {
  const [busy, forget] = useRequest('setup.github.forget');
  const confirm = async () => {
    await forget(undefined);
    onClose();
  };
  return (
    <Dialog title="Disconnect the GitHub App" onClose={onClose}>
      <p className="dialog-text">
        No credential can be made or renewed until an App is connected again. Its private key is deleted from this machine.
      </p>
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={() => void confirm()}>
          Disconnect
        </Button>
      </div>
    </Dialog>
  );
}

/** What makes the credentials. */
export function GithubCard({ github }: { readonly github: ServiceView | undefined }) {
  const [retrying, retry] = useRequest('setup.retry');
  const [asking, setAsking] = useState(false);
  const health = github?.health ?? 'absent';
  return (
    <Card
      title="GitHub App"
      health={health}
      purpose="Makes a credential for each worktree, good for an hour and for its repository alone."
    >
      {github?.message && <p>{github.message}</p>}
      {github && <Facts facts={Object.entries(github.facts)} />}
      {health === 'absent' ? (
        <Connect />
      ) : (
        <div className="setup-actions">
          <Button busy={retrying} aria-label="Check GitHub again" onClick={() => void retry({ service: 'github' })}>
            Check again
          </Button>
          <Button onClick={() => void run('open.external', { target: 'github-installation', worktreeId: null })}>
            Choose repositories at GitHub
          </Button>
          <Button look="quiet" aria-label="Disconnect GitHub" onClick={() => setAsking(true)}>
            Disconnect
          </Button>
        </div>
      )}
      {asking && <Disconnect onClose={() => setAsking(false)} />}
    </Card>
  );
}
