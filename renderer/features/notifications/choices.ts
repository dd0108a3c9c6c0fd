import { useCallback, useEffect, useState } from 'react';
import type { NotificationSettings } from '../../../shared/notifications.ts';
import { run } from '../../actions.ts';

/** The settings as they are shown, and how they are changed: at once under the hand, and back where main refuses. */
export interface Choices {
  readonly settings: NotificationSettings;
  readonly choose: (next: NotificationSettings) => void;
}

/** What the person sees of their choices while main keeps them. */
export function useChoices(kept: NotificationSettings): Choices {
  const [settings, show] = useState(kept);
  useEffect(() => show(kept), [kept]);
  const choose = useCallback(
    (next: NotificationSettings): void => {
      show(next);
      void run('notifications.settings', next).then((answer) => {
        if (!answer.ok) show(kept);
      });
    },
    [kept],
  );
  return { settings, choose };
}
