import { useRequest } from '../../actions.ts';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { Card } from './card.tsx';

/** Whether commits say by themselves which session and credential they were made with. */
export function CommitsCard() {
  const on = useFeed((feed) => appOf(feed.state)?.trailers ?? false);
  const locked = useLocked()('trailers');
  const [changing, change] = useRequest('setup.trailers');
  return (
    <Card
      title="Commits"
      health={on ? 'ok' : 'absent'}
      words={on ? 'marked' : 'not marked'}
      purpose="Marks each commit of a managed worktree, so that it tells where it came from without this computer."
    >
      <p>
        Two lines end the message: <code>Agent-Session</code> and <code>Agent-Credential</code>, which is the beginning of the
        credential's fingerprint. The repository's own hooks go on running before ours; tools that install hooks should do so in
        the project's own folder.
      </p>
      <ManagedLine paths={['trailers']} />
      <div className="setup-actions">
        <Button busy={changing} disabled={locked} onClick={() => void change({ on: !on })}>
          {on ? 'Stop marking commits' : 'Mark commits'}
        </Button>
      </div>
    </Card>
  );
}
