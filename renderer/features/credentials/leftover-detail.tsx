import { useState } from 'react';
import type { LeftoverView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { useView } from '../../view.ts';

interface Words {
  /** Where it lies, for the list. */
  readonly place: string;
  readonly button: string;
  readonly asks: string;
  readonly consequence: string;
}

/** What is said of something that is left over. */
export function leftoverWords({ kind, title }: LeftoverView): Words {
  switch (kind) {
    case 'vault-entry':
      return {
        place: 'in the vault',
        button: 'Delete from the vault',
        asks: `Delete ${title} from the vault`,
        consequence:
          'Its value is gone then. If that credential still lives, nobody can revoke it any more: it ends by itself within an hour after it was made.',
      };
    case 'git-config':
      return {
        place: 'in a git config',
        button: 'Take out',
        asks: 'Take the Companion’s settings out',
        consequence: `git in ${title} is your own again. Until then it finds no credential and fails.`,
      };
    default:
      return kind satisfies never;
  }
}

/** Something of ours that belongs to no worktree, and the way to be rid of it. */
export function LeftoverDetail({ leftover }: { readonly leftover: LeftoverView }) {
  const [asking, setAsking] = useState(false);
  const [busy, clean] = useRequest('leftovers.clean');
  const { id, title, detail } = leftover;
  const words = leftoverWords(leftover);
  const confirm = async () => {
    const answer = await clean({ id });
    if (answer?.ok) useView.setState({ credential: null });
    else setAsking(false);
  };
  return (
    <article className="card" aria-label={`Left over: ${title}`}>
      <header className="detail-head">
        <div className="detail-title">
          <h2>{title}</h2>
          <p className="life">left over {words.place}</p>
        </div>
        <Button look="danger" onClick={() => setAsking(true)}>
          {words.button}
        </Button>
      </header>
      <p className="leftover-detail">{detail}</p>
      {asking && (
        <Confirm
          title={words.asks}
          says={[words.consequence]}
          keep="Leave it"
          yes={words.button}
          busy={busy}
          onYes={() => void confirm()}
          onClose={() => setAsking(false)}
        />
      )}
    </article>
  );
}
