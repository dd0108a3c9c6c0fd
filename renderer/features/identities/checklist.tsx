import { type FormEvent, useState } from 'react';
import { githubLogin, type IdentityStep, type IdentityView } from '../../../shared/identities.ts';
import { run, say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Field } from '../../ui/field.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { PasswordPart } from './password-part.tsx';
import { hasAct, stepNames, stepShapes, stepStateWords } from './step-words.ts';

/** What a step's button may ask the page for: a question of its own. */
export type Question = 'take' | 'phone' | 'use' | 'retire' | 'forget';

interface Of {
  readonly view: IdentityView;
  readonly name: string;
  readonly repository: string | null;
  readonly onAsk: (question: Question) => void;
}

interface ActProps extends Of {
  readonly step: IdentityStep;
  /** It is the next thing to do. */
  readonly first: boolean;
}

const look = (first: boolean) => (first ? 'primary' : 'plain');

/** Looks at a step again. */
function Check({ view, step, first, children }: Pick<ActProps, 'view' | 'step' | 'first'> & { readonly children: string }) {
  const [busy, check] = useRequest('identities.check');
  return (
    <Button look={look(first)} busy={busy} onClick={() => void check({ projectId: view.id, step: step.id })}>
      {children}
    </Button>
  );
}

/** The user name that the person signed up with, checked at GitHub. */
function LoginForm({ view, step, first }: ActProps) {
  const [typed, setTyped] = useState(view.login ?? view.suggestedLogin);
  const [wrong, setWrong] = useState<string | null>(null);
  const [keeping, keep] = useRequest('identities.login');
  const [checking, check] = useRequest('identities.check');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const login = githubLogin.safeParse(typed);
    setWrong(login.success ? null : (login.error.issues[0]?.message ?? null));
    if (!login.success) return;
    if (login.data === view.login) await check({ projectId: view.id, step: step.id });
    else await keep({ projectId: view.id, login: login.data });
  };
  return (
    <form className="step-login" onSubmit={(event) => void submit(event)} noValidate>
      <Field label="User name that you signed up with" value={typed} wrong={wrong} maxLength={60} onText={setTyped} />
      <Button look={look(first)} submit busy={keeping || checking}>
        Check the account
      </Button>
    </form>
  );
}

function TokenAct({ view, name, repository, first }: ActProps) {
  const [taking, take] = useRequest('identities.token');
  const paste = async () => {
    const answer = await take({ projectId: view.id });
    if (answer?.ok) say('done', `${name}: the token of ${answer.value.login} is kept. The clipboard is empty again.`);
  };
  return (
    <>
      <p className="step-note">
        Signed in at GitHub as {view.login ?? 'the account'}, make a fine-grained token in its form: under Repository access
        choose <code>{repository}</code> alone; the rest is filled in. Then copy it. It goes from the clipboard into the encrypted
        store; this page never sees it.
      </p>
      <div className="step-acts">
        <Button
          aria-label={`Open GitHub’s form for the token of ${name}`}
          onClick={() => void run('identities.open', { projectId: view.id, what: 'token-form', id: null })}
        >
          Open the form at GitHub
        </Button>
        <Button look={look(first)} busy={taking} onClick={() => void paste()}>
          Take the token from the clipboard
        </Button>
      </div>
    </>
  );
}

function Act(props: ActProps) {
  const { view, name, repository, step, first, onAsk } = props;
  const open = (what: 'signup' | 'people' | 'repository' | 'invite') =>
    void run('identities.open', { projectId: view.id, what, id: null });
  const [making, keepPassword] = useRequest('identities.keepPassword');
  switch (step.id) {
    case 'identity':
      return view.identity === null && view.unsure === null && step.state !== 'failed' ? (
        <Button look={look(first)} onClick={() => onAsk('take')}>
          Pick or make one…
        </Button>
      ) : (
        <>
          <Check {...props}>{view.identity === null || step.state === 'failed' ? 'Look again' : 'Make its key'}</Check>
          {view.identity === null && <Button onClick={() => onAsk('take')}>Pick or make one…</Button>}
        </>
      );
    case 'address':
      return <Check {...props}>Look again</Check>;
    case 'password':
      return step.state === 'failed' ? (
        <Check {...props}>Look again</Check>
      ) : (
        <Button look={look(first)} busy={making} onClick={() => void keepPassword({ projectId: view.id })}>
          Make a password
        </Button>
      );
    case 'sign-up':
      return (
        <Button look={look(first)} onClick={() => open('signup')}>
          Open GitHub’s sign-up
        </Button>
      );
    case 'mail':
      return <Check {...props}>Look for the mail</Check>;
    case 'account':
      return <LoginForm {...props} />;
    case 'token':
      return <TokenAct {...props} />;
    case 'invitation':
      return (
        <>
          <p className="step-note">
            As an owner of <code>{repository}</code>, invite {view.login ?? 'the account'} with the role Write. GitHub writes to
            its address; accept the invitation signed in as the account.
          </p>
          <div className="step-acts">
            {view.owner?.organization && <Button onClick={() => open('people')}>Open the people of {view.owner.login}</Button>}
            <Button onClick={() => open('repository')}>Open the repository’s access page</Button>
            <Button onClick={() => open('invite')}>Open the invitation</Button>
            {view.next !== 'token' && <Check {...props}>Check the access</Check>}
          </div>
        </>
      );
    case 'done':
      return (
        <Button look={look(first)} onClick={() => onAsk('use')}>
          Use it for {name}…
        </Button>
      );
    default:
      return step.id satisfies never;
  }
}

function Step({ step, ...of }: Of & { readonly step: IdentityStep }) {
  const { view } = of;
  const first = step.id === view.next;
  return (
    <li className={`step-of step-${step.state}`} aria-current={first ? 'step' : undefined}>
      <StatusShape shape={stepShapes[step.state]} />
      <div className="step-inside">
        <p className="step-name">
          {stepNames[step.id]}
          <span className="unseen">: {stepStateWords[step.state]}</span>
        </p>
        {step.sentence !== '' && (
          <p className="step-sentence">
            {step.sentence}
            {step.id === 'address' && view.identity && <CopyButton text={view.identity.address} what="the address" />}
          </p>
        )}
        {step.id === 'password' && view.passwordKept && <PasswordPart view={view} name={of.name} />}
        {hasAct(step, view) && view.busy === null && (
          <div className="step-act">
            <Act {...of} step={step} first={first} />
          </div>
        )}
      </div>
    </li>
  );
}

/** The way from nothing to a verified account, each step with its state and what to do. */
export function Checklist(props: Of) {
  const { view, name } = props;
  return (
    <ol className="checklist" aria-label={`Steps of ${name}`}>
      {view.steps.map((step) => (
        <Step key={step.id} step={step} {...props} />
      ))}
    </ol>
  );
}
