import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { appOf, useFeed } from '../store.ts';
import { Kbd } from '../ui/kbd.tsx';
import { useView } from '../view.ts';

interface PageHeadProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** A button of the page as a whole. */
  readonly action?: ReactNode;
}

/** The top of every page: its heading, a line that follows the state, and the way to everything else. */
export function PageHead({ title, children, action }: PageHeadProps) {
  const mac = useFeed((feed) => appOf(feed.state)?.platform === 'darwin');
  return (
    <header className="page-head">
      <h1>{title}</h1>
      <p className="page-line cut" role="status">
        {children}
      </p>
      {action}
      <button
        type="button"
        className="jump"
        aria-keyshortcuts={mac ? 'Meta+K' : 'Control+K'}
        onClick={() => useView.setState({ palette: true })}
      >
        <Search size={14} aria-hidden="true" />
        <span>Search or jump to</span>
        <Kbd>{mac ? '⌘ K' : 'Ctrl K'}</Kbd>
      </button>
    </header>
  );
}
