import { useEffect, useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import type { IdentityView } from '../../../shared/identities.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

/** A password that is shown is hidden again after this long (ms). */
const shownMs = 30_000;

/** The user name and password to sign up with. The password is here only while it is shown: 30 s, or until the page is left. */
export function PasswordPart({ view, name }: { readonly view: IdentityView; readonly name: string }) {
  const projectId = view.id;
  const [shown, setShown] = useState<string | null>(null);
  const [asking, ask] = useRequest('identities.password');
  const [copying, copy] = useRequest('identities.copyPassword');

  useEffect(() => {
    if (shown === null) return;
    const hide = () => setShown(null);
    const hideUnseen = () => document.hidden && hide();
    const timer = setTimeout(hide, shownMs);
    document.addEventListener('visibilitychange', hideUnseen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', hideUnseen);
    };
  }, [shown]);

  const show = async () => {
    const answer = await ask({ projectId });
    if (answer?.ok) setShown(answer.value.password);
  };
  const copyUnseen = async () => {
    const answer = await copy({ projectId });
    if (answer?.ok)
      say('done', `The password is on the clipboard, and taken off it in ${durationWords(answer.value.clearsInMs)}.`);
  };
  const login = view.login ?? view.suggestedLogin;
  return (
    <dl className="sign-in">
      <dt>User name</dt>
      <dd>
        <output aria-label="User name">{login}</output>
        <CopyButton text={login} what={`the user name of ${name}`} />
      </dd>
      <dt>Password</dt>
      <dd>
        <output aria-label="Password">{shown ?? <span aria-hidden="true">••••••••••••</span>}</output>
        <Button
          look="quiet"
          busy={asking}
          aria-label={`${shown === null ? 'Show' : 'Hide'} the password of ${name}`}
          onClick={() => (shown === null ? void show() : setShown(null))}
        >
          {shown === null ? 'Show for 30 s' : 'Hide'}
        </Button>
        <Button look="quiet" busy={copying} aria-label={`Copy the password of ${name}`} onClick={() => void copyUnseen()}>
          Copy
        </Button>
      </dd>
    </dl>
  );
}
