import { useCallback, useEffect, useState } from 'react';
import type { Holdings, IdentityView, RetiredToken, RetireReport } from '../../../shared/identities.ts';
import type { ProjectView } from '../../../shared/model.ts';
import { run } from '../../actions.ts';
import { bridge } from '../../bridge.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { keyed } from '../../ui/keyed.ts';
import { PartError } from '../../ui/states.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useAsk } from './use-ask.ts';

type Looked =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly held: Holdings }
  | { readonly phase: 'failed'; readonly message: string };

function useHoldings(projectId: string): readonly [Looked, () => void] {
  const [looked, setLooked] = useState<Looked>({ phase: 'loading' });
  const look = useCallback(() => {
    setLooked({ phase: 'loading' });
    void bridge
      .request('identities.holdings', { projectId })
      .then((answer) =>
        setLooked(answer.ok ? { phase: 'ready', held: answer.value } : { phase: 'failed', message: answer.error.message }),
      );
  }, [projectId]);
  useEffect(look, [look]);
  return [looked, look];
}

const tokenWords: Readonly<Record<RetiredToken, readonly [string, string]>> = {
  revoke: ['Revoke it at GitHub', 'It is dead for everybody at once. GitHub sends the account a mail.'],
  remove: ['Remove it here', 'It lives on at GitHub until its end; the Companion forgets it.'],
  keep: ['Keep it', 'Worktrees that use it go on with it, as with any machine user’s token.'],
};

function Stays({
  projectId,
  stays,
  able,
}: {
  readonly projectId: string;
  readonly stays: readonly string[];
  readonly able: boolean;
}) {
  if (stays.length === 0) return null;
  return (
    <section className="retire-part" aria-label="What stays">
      <h3>What can’t be deleted from here</h3>
      <ul className="retire-stays">
        {keyed(stays, (one) => one).map(({ key, item }) => (
          <li key={key}>{item}</li>
        ))}
      </ul>
      <Button
        look="quiet"
        onClick={() =>
          able
            ? void run('identities.open', { projectId, what: 'dashboard', id: null })
            : void run('open.external', { target: 'ravi-dashboard', worktreeId: null })
        }
      >
        Open Ravi’s dashboard
      </Button>
    </section>
  );
}

function Report({
  projectId,
  report,
  onClose,
}: {
  readonly projectId: string;
  readonly report: RetireReport;
  readonly onClose: () => void;
}) {
  return (
    <>
      <ul className="retire-report" aria-label="What became of it">
        {keyed(report.parts, ({ sentence }) => sentence).map(({ key, item }) => (
          <li key={key}>
            <StatusShape shape={item.done ? 'finished' : 'failed'} label={item.done ? 'done' : 'did not work'} />
            <span>{item.sentence}</span>
          </li>
        ))}
      </ul>
      {!report.done && <p className="dialog-text">Something is left. Close this, and retire it again when it can be reached.</p>}
      <Stays projectId={projectId} stays={report.stays} able={!report.done} />
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </>
  );
}

const worktreeWords = (acting: number, token: RetiredToken): string => {
  const which = acting === 1 ? 'its worktree' : `its ${acting} worktrees`;
  if (token === 'keep') return `${which} ${acting === 1 ? 'goes' : 'go'} on with the account’s token`;
  return `${which} ${acting === 1 ? 'acts' : 'act'} as the App’s bot again`;
};

interface RetireProps {
  readonly project: ProjectView;
  readonly view: IdentityView | undefined;
  /** A token of the account is here. */
  readonly hasToken: boolean;
  /** Worktrees of the project. */
  readonly acting: number;
  readonly onClose: () => void;
}

/** Ends an identity for its project: what is revoked, what is deleted with consent, and what stays. */
export function Retire({ project, view, hasToken, acting, onClose }: RetireProps) {
  const { id, name } = project;
  const [looked, look] = useHoldings(id);
  const [had] = useState(hasToken);
  const [token, setToken] = useState<RetiredToken>(hasToken ? 'revoke' : 'keep');
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [report, setReport] = useState<RetireReport | null>(null);
  const { busy, trouble, ask } = useAsk('identities.retire');
  const [who] = useState(view?.login ?? view?.identity?.name ?? 'its identity');

  const retire = async () => {
    const answer = await ask({ projectId: id, token, delete: [...ticked] });
    if (answer) setReport(answer.value);
  };
  const tick = (entry: string, on: boolean) =>
    setTicked((before) => new Set(on ? [...before, entry] : [...before].filter((one) => one !== entry)));

  if (report)
    return (
      <Dialog
        title={report.done ? `${who} is retired from ${name}` : `${who} is not wholly retired`}
        className="identity-dialog"
        onClose={onClose}
      >
        <Report projectId={id} report={report} onClose={onClose} />
      </Dialog>
    );
  return (
    <Dialog title={`Retire ${who} from ${name}`} className="identity-dialog" onClose={onClose}>
      <p className="dialog-text">
        {name} has no identity any more{view?.inUse ? `, and ${worktreeWords(acting, token)}` : ''}. What was committed stays as
        it is.
      </p>
      {had && (
        <fieldset className="retire-part retire-token">
          <legend>The account’s token</legend>
          {(['revoke', 'remove', 'keep'] as const).map((one) => (
            <label key={one} className="identity-choice">
              <input type="radio" name="token" checked={token === one} onChange={() => setToken(one)} />
              <span>
                {tokenWords[one][0]}
                <span className="identity-hint">{tokenWords[one][1]}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {looked.phase === 'loading' && (
        <p className="dialog-text" role="status">
          Looking at what is in its vault
        </p>
      )}
      {looked.phase === 'failed' && (
        <PartError what="what is in its vault" retry={look}>
          {`${looked.message} You may retire it without deleting anything.`}
        </PartError>
      )}
      {looked.phase === 'ready' && (
        <>
          {keyed(looked.held.warnings, (one) => one).map(({ key, item }) => (
            <p key={key} className="dialog-text retire-warning">
              <StatusShape shape="needs-you" label="Note" /> {item}
            </p>
          ))}
          <fieldset className="retire-part retire-token">
            <legend>Delete from its vault at Ravi</legend>
            {looked.held.entries.length === 0 && <p className="quiet">There is nothing of the Companion’s in it.</p>}
            {looked.held.entries.map((entry) => (
              <label key={entry.id} className="identity-choice">
                <input
                  type="checkbox"
                  checked={ticked.has(entry.id)}
                  onChange={(event) => tick(entry.id, event.target.checked)}
                />
                <span>
                  <code>{entry.name}</code>
                  <span className="identity-hint">{entry.detail}</span>
                </span>
              </label>
            ))}
            {looked.held.entries.length > 0 && (
              <p className="quiet">What is ticked is deleted for good. The password of the account is nowhere else.</p>
            )}
          </fieldset>
          <Stays projectId={id} stays={looked.held.stays} able />
        </>
      )}
      <Trouble>{trouble}</Trouble>
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy || looked.phase === 'loading'} onClick={() => void retire()}>
          {ticked.size === 0 ? 'Retire' : `Retire, and delete ${ticked.size}`}
        </Button>
      </div>
    </Dialog>
  );
}
