import { type RefObject, useEffect, useRef, useState } from 'react';
import { agoWords, durationWords } from '../../../shared/format.ts';
import { type IdentityView, inboxLeaseMs, type ReceivedView } from '../../../shared/identities.ts';
import { run, say } from '../../actions.ts';
import { bridge } from '../../bridge.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { arrivalWords } from './step-words.ts';
import { useAsk } from './use-ask.ts';
import './inbox.css';

/** A lease is renewed well before its end, so that one slow answer does not end it. */
const renewMs = inboxLeaseMs / 2;

/** Has main read what comes to the identity while this is on a page that is seen; answers why it could not. */
function useWatch(projectId: string): string | null {
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let over = false;
    const watch = async () => {
      if (document.hidden) return;
      const answer = await bridge.request('identities.watch', { projectId, on: true });
      if (!over) setTrouble(answer.ok ? null : answer.error.message);
    };
    const seen = () => {
      if (document.hidden) void bridge.request('identities.watch', { projectId, on: false });
      else void watch();
    };
    void watch();
    const timer = setInterval(() => void watch(), renewMs);
    document.addEventListener('visibilitychange', seen);
    return () => {
      over = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', seen);
      void bridge.request('identities.watch', { projectId, on: false });
    };
  }, [projectId]);
  return trouble;
}

/**
 * Says the codes that came since this was opened, in the element of the answer; what was there before is not news. The words go there by
 * hand, and out again with the messages: React would keep them.
 */
function useArrivals(inbox: IdentityView['inbox']): RefObject<HTMLParagraphElement | null> {
  const known = useRef<ReadonlySet<string> | null>(null);
  const place = useRef<HTMLParagraphElement>(null);
  const messages = inbox?.readAt == null ? null : inbox.messages;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    if (messages === null) {
      element.textContent = '';
      return;
    }
    const before = known.current;
    known.current = new Set(messages.map(({ id }) => id));
    const said = before === null ? '' : arrivalWords(messages.filter(({ id }) => !before.has(id)));
    if (said !== '') element.textContent = said;
  }, [messages]);
  return place;
}

type Link = ReceivedView['links'][number];

function OpenLink({
  projectId,
  link,
  onClose,
}: {
  readonly projectId: string;
  readonly link: Link;
  readonly onClose: () => void;
}) {
  const { busy, trouble, ask } = useAsk('identities.open');
  const open = async () => {
    if (await ask({ projectId, what: 'link', id: link.id })) onClose();
  };
  return (
    <Dialog title={`Open a page at ${link.host}`} onClose={onClose}>
      <p className="dialog-text">
        {link.known
          ? 'It is a page of the GitHub that the Companion works with. It opens in your browser, where you may be signed in as yourself: use a private window for the account’s own pages.'
          : 'This host is not the GitHub that the Companion works with. Anyone can write to this address: open the page only if you expect it.'}
      </p>
      <Trouble>{trouble}</Trouble>
      <div className="dialog-actions">
        <Button onClick={onClose}>Leave it</Button>
        <Button look={link.known ? 'primary' : 'danger'} busy={busy} onClick={() => void open()}>
          Open {link.host}
        </Button>
      </div>
    </Dialog>
  );
}

interface MessageProps {
  readonly projectId: string;
  readonly message: ReceivedView;
  readonly onLink: (link: Link) => void;
}

function Message({ projectId, message, onLink }: MessageProps) {
  const { id, over, from, subject, text, cut, codes, links, at } = message;
  const now = useNow(at);
  const copyCode = async (of: string, nth: number): Promise<boolean> => {
    const answer = await run('identities.copyCode', { projectId, message: of, nth });
    if (answer.ok) say('done', `The code is on the clipboard, and taken off it in ${durationWords(answer.value.clearsInMs)}.`);
    return answer.ok;
  };
  return (
    <li className="received">
      <p className="received-head">
        <span className="received-from">
          <span className="unseen">{over === 'sms' ? 'SMS from ' : 'Mail from '}</span>
          {from}
        </span>
        <span className="quiet">{over === 'sms' ? 'SMS' : 'Mail'}</span>
        {at !== null && (
          <time className="quiet" dateTime={new Date(at).toISOString()}>
            {agoWords(at, now)}
          </time>
        )}
      </p>
      {subject !== '' && <p className="received-subject">{subject}</p>}
      {codes.map((code, place) => (
        <p key={code} className={place === 0 ? 'received-code' : 'received-code received-code-less'}>
          <output aria-label={place === 0 ? 'Code' : 'Another code'}>{code}</output>
          <CopyButton what={`the code ${code}`} by={() => copyCode(id, place)} />
        </p>
      ))}
      {text !== '' && (
        <details className="received-text" open={codes.length === 0}>
          <summary>{codes.length === 0 ? 'Text' : 'The whole text'}</summary>
          <p dir="auto">{text}</p>
          {cut && <p className="quiet">The rest is left out here; it is in Ravi.</p>}
        </details>
      )}
      {links.length > 0 && (
        <ul className="received-links" aria-label="Links">
          {links.map((link) => (
            <li key={link.id}>
              <Button look="quiet" onClick={() => onLink(link)}>
                Open a page at {link.host}…
              </Button>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** What comes to the identity, as it comes: newest first, codes large. Nothing of a mail is drawn but its text. */
export function Inbox({ view, name }: { readonly view: IdentityView; readonly name: string }) {
  const refused = useWatch(view.id);
  const arrived = useArrivals(view.inbox);
  const [link, setLink] = useState<Link | null>(null);
  const { inbox, identity } = view;
  const trouble = refused ?? inbox?.trouble ?? null;
  const messages = inbox?.messages ?? [];
  return (
    <section className="inbox" aria-label={`Verification inbox of ${name}`}>
      <h3>Verification inbox</h3>
      <p className="inbox-note">
        Mails{identity?.phone ? ' and SMS' : ''} to {identity?.address ?? 'it'}, looked at every 5 s while this is open. Anyone
        can write here: trust a code or link only if you asked for it.
      </p>
      <p ref={arrived} className="unseen" role="status" aria-label="New in the inbox" />
      <Trouble>{trouble}</Trouble>
      {messages.length === 0 && (
        <p className="inbox-none">
          {trouble !== null
            ? 'Nothing has come before that. It is looked at again by itself.'
            : inbox?.readAt == null
              ? 'Reading what came to it'
              : 'Nothing has come yet. A code from GitHub takes a minute or two.'}
        </p>
      )}
      {messages.length > 0 && trouble !== null && (
        <p className="inbox-note">What stands here came before that. It is looked at again by itself.</p>
      )}
      {messages.length > 0 && (
        <ul className="inbox-list" aria-label="Mails and SMS">
          {messages.map((message) => (
            <Message key={message.id} projectId={view.id} message={message} onLink={setLink} />
          ))}
        </ul>
      )}
      {link && <OpenLink projectId={view.id} link={link} onClose={() => setLink(null)} />}
    </section>
  );
}
