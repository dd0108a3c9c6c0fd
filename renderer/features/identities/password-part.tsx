import { useEffect, useRef, useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import type { IdentityView } from '../../../shared/identities.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

/** A password that is shown is hidden again after this long (ms). */
const shownMs = 30_000;

/**
 * The user name and password to sign up with. The password is here only while it is shown: 30 s, or until the page is left. It goes into
 * its element by hand: React keeps what it has drawn for as long as it draws nothing else.
 */
export function PasswordPart({ view, name }: { readonly view: IdentityView; readonly name: string }) {
  const projectId = view.id;
  const [shown, setShown] = useState(false);
  const field = useRef<HTMLOutputElement>(null);
  const [asking, ask] = useRequest('identities.password');
  const [copying, copy] = useRequest('identities.copyPassword');

  useEffect(() => {
    const element = field.current;
    if (!shown || element === null) return;
    const hide = () => setShown(false);
    const hideUnseen = () => document.hidden && hide();
    const timer = setTimeout(hide, shownMs);
    document.addEventListener('visibilitychange', hideUnseen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', hideUnseen);
      element.textContent = '';
    };
  }, [shown]);

  const show = async () => {
    const answer = await ask({ projectId });
    // The window may have been hidden meanwhile.
    if (!answer?.ok || field.current === null || document.hidden) return;
    field.current.textContent = answer.value.password;
    setShown(true);
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
        <output ref={field} aria-label="Password" />
        {!shown && <span aria-hidden="true">••••••••••••</span>}
        <Button
          look="quiet"
          busy={asking}
          aria-label={`${shown ? 'Hide' : 'Show'} the password of ${name}`}
          onClick={() => (shown ? setShown(false) : void show())}
        >
          {shown ? 'Hide' : 'Show for 30 s'}
        </Button>
        <Button look="quiet" busy={copying} aria-label={`Copy the password of ${name}`} onClick={() => void copyUnseen()}>
          Copy
        </Button>
      </dd>
    </dl>
  );
}
