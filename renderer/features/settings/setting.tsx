import { Lock } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { PreferencesView } from '../../../shared/preferences.ts';
import { isManaged } from '../../../shared/preferences.ts';
import { say, useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import type { ResetOf } from './reset-words.ts';

/** What the page knows of the settings as a whole; undefined until main has told. */
export const usePreferences = (): PreferencesView | undefined => useFeed((feed) => feed.state.preferences.preferences);

interface SettingProps {
  readonly title: string;
  readonly hint?: ReactNode;
  /** Where the value stands among the settings, to tell whether an organization has set it. */
  readonly path?: string;
  /** The control; it is given the ids that name and describe it, and whether it may be used. */
  readonly children: (control: { readonly id: string; readonly describedBy: string; readonly locked: boolean }) => ReactNode;
}

/** One setting: its name, what it does, and the control for it. */
export function Setting({ title, hint, path, children }: SettingProps) {
  const id = useId();
  const managed = usePreferences()?.managed ?? [];
  const locked = path !== undefined && isManaged(managed, path);
  return (
    <div className="setting">
      <div className="setting-words">
        <label htmlFor={id}>{title}</label>
        <p id={`${id}-hint`} className="setting-hint">
          {hint}
          {locked && (
            <span className="setting-locked">
              <Lock size={12} aria-hidden="true" /> Set by your organization.
            </span>
          )}
        </p>
      </div>
      <div className="setting-control">{children({ id, describedBy: `${id}-hint`, locked })}</div>
    </div>
  );
}

interface PointerProps {
  readonly title: string;
  readonly hint: string;
  /** What the button says, and where it leads. */
  readonly action: string;
  readonly onOpen: () => void;
}

/** Something that is set where it is used. */
export const Pointer = ({ title, hint, action, onOpen }: PointerProps) => (
  <div className="setting">
    <div className="setting-words">
      <p className="setting-title">{title}</p>
      <p className="setting-hint">{hint}</p>
    </div>
    <div className="setting-control">
      <Button aria-label={`${action}: ${title}`} onClick={onOpen}>
        {action}
      </Button>
    </div>
  </div>
);

/** Puts parts of the settings back to their defaults, after asking with what is gone then. */
export function Reset({ what: { title, parts, says, done } }: { readonly what: ResetOf }) {
  const [busy, reset] = useRequest('settings.reset');
  const [asking, setAsking] = useState<readonly string[] | null>(null);
  const start = async () => {
    // A failure is said at the edge of the page, which a question would cover.
    for (const part of parts) if (!(await reset({ part }))?.ok) return setAsking(null);
    setAsking(null);
    say('done', done);
  };
  return (
    <div className="setting-reset">
      <Button look="quiet" aria-label={title} onClick={() => setAsking(says(useFeed.getState().state))}>
        Put back to the defaults…
      </Button>
      {asking && (
        <Confirm
          title={title}
          says={asking}
          keep="Keep them as they are"
          yes="Put back"
          busy={busy}
          onYes={() => void start()}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}
