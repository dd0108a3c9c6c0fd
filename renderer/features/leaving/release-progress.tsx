import { useState } from 'react';
import type { AppState, CredentialView } from '../../../shared/model.ts';
import { StatusShape } from '../../ui/status-shape.tsx';
import { held, isHeld } from './held.ts';

/** What was the Companion's when a bulk action began; null before it did. */
export type Begun = readonly CredentialView[] | null;

/** Remembers what there was at the beginning. */
export function useBegun(state: AppState): readonly [Begun, (on: boolean) => void] {
  const [begun, setBegun] = useState<Begun>(null);
  return [begun, (on) => setBegun(on ? held(state.credentials) : null)];
}

/** How many of them are the person's own again. */
export function ReleaseProgress({
  begun,
  state,
  over,
}: {
  readonly begun: NonNullable<Begun>;
  readonly state: AppState;
  readonly over: boolean;
}) {
  const through = begun.filter(({ worktreeId }) => {
    const now = state.credentials[worktreeId];
    return now === undefined || !isHeld(now);
  }).length;
  if (begun.length === 0) return null;
  return (
    <>
      <p className="dialog-text figures kill-count" role="status">
        <StatusShape shape={through === begun.length ? 'finished' : over ? 'needs-you' : 'running'} />
        {through} of {begun.length} {begun.length === 1 ? 'worktree' : 'worktrees'} released
      </p>
      {!over && <progress className="kill-progress" value={through} max={begun.length} aria-label="Worktrees released" />}
    </>
  );
}
