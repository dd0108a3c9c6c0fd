import { useState } from 'react';
import type { AppState } from '../../../shared/model.ts';
import { appOf } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { askToLeave, useView } from '../../view.ts';
import { Card } from '../setup/card.tsx';
import { held } from './held.ts';
import { Leave } from './leave.tsx';
import { ReleaseAll } from './release-all.tsx';

/** The ways to be rid of the Companion: in every worktree, or altogether. */
export function LeavingCard({ state }: { readonly state: AppState }) {
  const [releasing, setReleasing] = useState(false);
  const leaving = useView((view) => view.leaving);
  const count = held(state.credentials).length;
  const live = appOf(state)?.mode === 'live';
  return (
    <Card
      title="Leaving"
      health={count > 0 ? 'ok' : 'absent'}
      words={count === 0 ? 'nothing to release' : count === 1 ? 'manages 1 worktree' : `manages ${count} worktrees`}
      purpose="Quitting leaves worktrees managed: git in them fails with a message until the Companion runs again."
    >
      <div className="setup-actions">
        <Button disabled={count === 0} onClick={() => setReleasing(true)}>
          Release all worktrees…
        </Button>
        {live && (
          <Button look="quiet" onClick={askToLeave}>
            Quit for good…
          </Button>
        )}
      </div>
      {releasing && <ReleaseAll state={state} onClose={() => setReleasing(false)} />}
      {leaving && live && <Leave state={state} onClose={() => useView.setState({ leaving: false })} />}
    </Card>
  );
}
