import { useEffect } from 'react';
import type { Page } from '../../shared/ipc.ts';
import type { AppState } from '../../shared/model.ts';
import { bridge } from '../bridge.ts';
import { useFeed } from '../store.ts';
import { useView, type View } from '../view.ts';

interface Looking {
  readonly page: Page;
  readonly sessionId: string | null;
}

/** What the person has before their eyes: the session whose row has the focus, else the one that is open; none while the page is hidden. */
export function lookingAt(view: Pick<View, 'page' | 'row' | 'focused'>, state: AppState, hidden: boolean): Looking {
  const row = view.focused ?? view.row;
  const seen = !hidden && view.page === 'sessions' && row !== null && row in state.sessions;
  return { page: view.page, sessionId: seen ? row : null };
}

/** Tells main what the person is looking at, each time that changes, so that no notification is shown for it. */
export function useLooking(): void {
  useEffect(() => {
    let told = '';
    const tell = (): void => {
      const looking = lookingAt(useView.getState(), useFeed.getState().state, document.hidden);
      const words = JSON.stringify(looking);
      if (words === told) return;
      told = words;
      void bridge.request('view.looking', looking);
    };
    tell();
    const stops = [useView.subscribe(tell), useFeed.subscribe(tell)];
    document.addEventListener('visibilitychange', tell);
    return () => {
      document.removeEventListener('visibilitychange', tell);
      for (const stop of stops) stop();
    };
  }, []);
}
