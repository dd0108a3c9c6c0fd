import { useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import { requests } from '../../../shared/ipc.ts';
import type { SourceView } from '../../../shared/model.ts';
import { run, say, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { permissionSubject } from '../credentials/permission-words.ts';
import { sharedByWords, stopWords } from './source-words.ts';

interface Of {
  readonly projectId: string;
  readonly name: string;
}

const vaultKey = requests['sources.take'].request.shape.from.options[1].shape.key;

/** How a token comes into the companion without passing this page. */
function Take({
  projectId,
  name,
  repository,
  replaces = null,
  onDone,
}: Of & { readonly repository: string; readonly replaces?: string | null; readonly onDone?: () => void }) {
  const [key, setKey] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [taking, take] = useRequest('sources.take');

  const from = async (place: Parameters<typeof take>[0]['from']) => {
    const answer = await take({ projectId, from: place });
    if (!answer?.ok) return;
    say('done', `${name}: its worktrees share the token of ${answer.value.login}.`);
    onDone?.();
  };
  const fromVault = () => {
    const checked = vaultKey.safeParse(key.trim());
    setWrong(checked.success ? null : (checked.error.issues[0]?.message ?? null));
    if (checked.success) void from({ place: 'vault', key: checked.data });
  };

  return (
    <>
      {replaces !== null && (
        <p>
          The new token takes the place of the one of {replaces} at once, in every worktree of {name}. The old one is forgotten
          here, and lives on at GitHub until {replaces} revokes it there.
        </p>
      )}
      <ol className="source-steps">
        <li>
          <span>
            As the machine user, open GitHub's form. Under Repository access choose <code>{repository}</code> alone; the rest is
            filled in.
          </span>
          <Button onClick={() => void run('open.external', { target: 'token-form', worktreeId: null, projectId })}>
            Open the form at GitHub
          </Button>
        </li>
        <li>
          <span>
            Copy the new token there. It goes from the clipboard into the Companion's encrypted store; this page never sees it.
          </span>
          <Button look="primary" busy={taking} onClick={() => void from({ place: 'clipboard' })}>
            Take the token from the clipboard
          </Button>
        </li>
      </ol>
      <details className="source-vault">
        <summary>It is in Ravi's vault</summary>
        <Field
          label="Key in the vault"
          placeholder="ACME_ROBOT_TOKEN"
          hint="The Companion reads it there once."
          value={key}
          wrong={wrong}
          onText={setKey}
        />
        <Button busy={taking} onClick={fromVault}>
          Take it from the vault
        </Button>
      </details>
    </>
  );
}

function End({ expiresAt }: { readonly expiresAt: number | null }) {
  const now = useNow(expiresAt);
  if (expiresAt === null) return <>never: it is good until its owner deletes it</>;
  return <>{expiresAt <= now ? 'it has ended' : `in ${durationWords(expiresAt - now)}`}</>;
}

function Ask({ what, projectId, name, login, chosen, onClose }: Of & AskProps) {
  const [removing, remove] = useRequest('sources.remove');
  const [revoking, revoke] = useRequest('sources.revoke');
  const confirm = async () => {
    const answer = what === 'remove' ? await remove({ projectId }) : await revoke({ projectId, source: 'shared' });
    if (answer?.ok) onClose();
  };
  const title = what === 'remove' ? `Remove the shared token of ${name}` : `Revoke the shared token of ${name} at GitHub`;
  return (
    <Confirm
      title={title}
      says={[
        what === 'remove'
          ? `The token itself lives on; only ${login} can revoke it at GitHub.`
          : `The token is killed for everybody who uses it, not only here, and can’t be brought back. GitHub sends an e-mail to ${login}.`,
        stopWords(name, chosen),
      ]}
      keep="Keep it"
      yes={what === 'remove' ? 'Remove' : 'Revoke at GitHub'}
      busy={removing || revoking}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}

interface AskProps {
  readonly what: 'remove' | 'revoke';
  readonly login: string;
  readonly chosen: boolean;
  readonly onClose: () => void;
}

/** A machine user's token that the project's worktrees share: taken, shown, replaced, and taken away again. `used`: worktrees that have it. */
export function SharedSource({ project, source, used, chosen }: SharedSourceProps) {
  const [replacing, setReplacing] = useState(false);
  const [asking, setAsking] = useState<AskProps['what'] | null>(null);
  const of = { projectId: project.id, name: project.name };
  const token = source?.shared ?? null;
  if (token === null) return chosen ? <Take {...of} repository={project.repository} /> : null;
  return (
    <>
      <Facts
        facts={[
          ['Shared token of', token.login],
          ['Ends', <End key="end" expiresAt={token.expiresAt} />],
          [
            'Lacks',
            token.lacks.length === 0
              ? null
              : `${token.lacks.map(permissionSubject).join(', ')}: give it the permission at GitHub`,
          ],
          ['Used', chosen ? sharedByWords(used) : 'not now: the project has another source'],
        ]}
      />
      <div className="source-actions">
        {chosen && (
          <Button aria-expanded={replacing} onClick={() => setReplacing(!replacing)}>
            Replace
          </Button>
        )}
        <Button look="quiet" onClick={() => setAsking('remove')}>
          Remove here
        </Button>
        <Button look="danger" onClick={() => setAsking('revoke')}>
          Revoke at GitHub
        </Button>
      </div>
      {replacing && chosen && (
        <Take {...of} repository={project.repository} replaces={token.login} onDone={() => setReplacing(false)} />
      )}
      {asking && <Ask {...of} what={asking} login={token.login} chosen={chosen} onClose={() => setAsking(null)} />}
    </>
  );
}

interface SharedSourceProps {
  readonly project: { readonly id: string; readonly name: string; readonly repository: string };
  readonly source: SourceView | undefined;
  readonly used: number;
  /** It is the project's source. */
  readonly chosen: boolean;
}
