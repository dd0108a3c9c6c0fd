import { type FormEvent, useState } from 'react';
import { githubLogin, type IdentityStep, type IdentityView } from '../../../shared/identities.ts';
import { run, say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Field } from '../../ui/field.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { openPage } from '../../view.ts';
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

/** While something is under way the buttons stay, with the focus that one of them has, and do nothing. */
const isBusy = ({ busy }: IdentityView): boolean => busy !== null;

const look = (first: boolean) => (first ? 'primary' : 'plain');

/** Looks at a step again. */
function Check({ view, step, first, children }: Pick<ActProps, 'view' | 'step' | 'first'> & { readonly children: string }) {
  const [busy, check] = useRequest('identities.check');
  return (
    <Button look={look(first)} busy={busy || isBusy(view)} onClick={() => void check({ projectId: view.id, step: step.id })}>
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
      <Button look={look(first)} submit busy={keeping || checking || isBusy(view)}>
        Check the account
      </Button>
    </form>
  );
}

/** GitHub's pages on which an account is let into the repository, in the order in which they are needed. */
function LetIn({ view: { id, owner } }: { readonly view: IdentityView }) {
  const open = (what: 'people' | 'repository' | 'invite') => void run('identities.open', { projectId: id, what, id: null });
  const access = <Button onClick={() => open('repository')}>Open the repository’s access page</Button>;
  const invitation = <Button onClick={() => open('invite')}>Open the invitation</Button>;
  return owner?.organization ? (
    <>
      <Button onClick={() => open('people')}>Open the people of {owner.login}</Button>
      {invitation}
      {access}
    </>
  ) : (
    <>
      {access}
      {invitation}
    </>
  );
}

/** How an account is let in. */
function LetInWords({ view, repository }: Pick<Of, 'view' | 'repository'>) {
  const account = view.login ?? 'the account';
  return view.owner?.organization ? (
    <>
      Invite {account} to {view.owner.login} on its page of people, accept the invitation in a private window signed in as{' '}
      {account}, and give it the role Write on the access page of <code>{repository}</code>.
    </>
  ) : (
    <>
      As an owner of <code>{repository}</code>, invite {account} with the role Write; accept the invitation in a private window
      signed in as {account}.
    </>
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
        First let it in. <LetInWords view={view} repository={repository} />
      </p>
      <div className="step-acts">
        <LetIn view={view} />
      </div>
      <p className="step-note">
        Then, in that private window, make the token in GitHub’s form: under Repository access choose Only select repositories and{' '}
        <code>{repository}</code>; the rest is filled in. Copy it there, and take it from the clipboard here. It goes into the
        encrypted store; this page never sees it.
      </p>
      <div className="step-acts">
        <Button
          aria-label={`Open GitHub’s form for the token of ${name}`}
          onClick={() => void run('identities.open', { projectId: view.id, what: 'token-form', id: null })}
        >
          Open the form at GitHub
        </Button>
        <Button look={look(first)} busy={taking || isBusy(view)} onClick={() => void paste()}>
          Take the token from the clipboard
        </Button>
      </div>
    </>
  );
}

function Act(props: ActProps) {
  const { view, name, repository, step, first, onAsk } = props;
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
      // What is not known is looked for first; making one looks, too, so that there is never a second.
      return step.state === 'failed' && view.unsure !== null ? (
        <Check {...props}>Look again</Check>
      ) : (
        <Button look={look(first)} busy={making || isBusy(view)} onClick={() => void keepPassword({ projectId: view.id })}>
          Make a password
        </Button>
      );
    case 'sign-up':
      return (
        <>
          <p className="step-note">
            GitHub signs your browser in as the new account. So that you stay yourself there, sign up in a private window: copy
            the page’s address into it. On the page, type the address, user name and password from here.
          </p>
          <Button
            look={look(first)}
            onClick={() => void run('identities.open', { projectId: view.id, what: 'signup', id: null })}
          >
            Open GitHub’s sign-up
          </Button>
        </>
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
            <LetInWords view={view} repository={repository} />
          </p>
          <div className="step-acts">
            <LetIn view={view} />
            <Check {...props}>Check the access</Check>
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
        {step.id === 'done' && step.state === 'done' && (
          <div className="step-act">
            <p className="step-note">
              Make a worktree in Jean, or go on in one that is there: its next commit is {view.login ?? 'the account'}’s.
            </p>
            <Button look="primary" onClick={() => openPage('sessions')}>
              Open Sessions
            </Button>
          </div>
        )}
        {hasAct(step, view) && (
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
