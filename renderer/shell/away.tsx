import { durationWords } from '../../shared/format.ts';
import { useRequest } from '../actions.ts';
import { useNow } from '../clock.ts';
import { useFeed } from '../store.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { openPage } from '../view.ts';
import { type Away, awayFrom, type Leaning } from './away.ts';
import './away.css';

function Again({ service, name }: Pick<Away, 'service' | 'name'>) {
  const [busy, retry] = useRequest('setup.retry');
  if (service === 'vault' || service === 'storage') return null;
  return (
    <Button
      busy={busy}
      {...(service !== 'jean' && { 'aria-label': `Try ${name} again` })}
      onClick={() => void retry({ service })}
    >
      {service === 'jean' ? 'Look again' : 'Try again'}
    </Button>
  );
}

function Line({ away }: { readonly away: Away }) {
  const { service, name, what, kept, retryAt } = away;
  const now = useNow(retryAt);
  return (
    <Notice
      shape="offline"
      action={
        <>
          <Again service={service} name={name} />
          <Button look="quiet" aria-label={`Settings of ${name}`} onClick={() => openPage('settings')}>
            Settings
          </Button>
        </>
      }
    >
      <strong>{name}:</strong> {what}
      {retryAt !== null && retryAt > now && ` It is asked again in ${durationWords(retryAt - now)}.`}{' '}
      <span className="away-kept">{kept}</span>
    </Notice>
  );
}

/** What a page leans on and is away: what happened, what is kept, and the buttons for it. `jeans`: false where the page itself says that of Jean. */
export function AwayLines({ page, jeans = true }: { readonly page: Leaning; readonly jeans?: boolean }) {
  const instances = useFeed((feed) => feed.state.instances);
  const services = useFeed((feed) => feed.state.services);
  const all = awayFrom({ instances, services }, page).filter(({ service }) => jeans || service !== 'jean');
  if (all.length === 0) return null;
  return (
    <div className="away">
      {all.map((away) => (
        <Line key={away.id} away={away} />
      ))}
    </div>
  );
}
