import { useFeed } from '../store.ts';
import { Notice } from '../ui/notice.tsx';
import './away.css';

/** Says on every page that nothing can be written down on this computer: whatever is asked for then is refused or waits. */
export function StorageLine() {
  const storage = useFeed((feed) => feed.state.services.storage);
  if (!storage) return null;
  return (
    <div className="storage-line">
      <Notice shape="failed">
        <strong>Nothing can be written down just now.</strong> {storage.message}{' '}
        <span className="away-kept">
          What was kept is still there. Until it works again git is refused, because no use of a credential goes unrecorded, and
          new credentials and what you change wait or are refused. It is tried every few seconds.
        </span>
      </Notice>
    </div>
  );
}
