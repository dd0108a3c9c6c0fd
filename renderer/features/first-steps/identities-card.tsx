import type { AppState } from '../../../shared/model.ts';
import { Button } from '../../ui/button.tsx';
import { openPage } from '../../view.ts';
import { Card } from '../setup/card.tsx';

/** The way on, for who wants more than the App's bot: nothing has to be done here. */
export function IdentitiesCard({ state }: { readonly state: AppState }) {
  const used = Object.values(state.identities).filter(({ inUse }) => inUse).length;
  const signedIn = Boolean(state.ravi.ravi?.account);
  return (
    <Card
      title="Identities"
      health={used > 0 ? 'ok' : 'absent'}
      words={used > 0 ? `${used} in use` : 'if you want'}
      purpose="Worktrees commit as the App’s bot. A project can have a GitHub account of its own instead, with a mail address and a number at Ravi."
    >
      {signedIn ? (
        <div className="setup-actions">
          <Button onClick={() => openPage('identities')}>Open Identities</Button>
        </div>
      ) : (
        <p>Identities come from Ravi: sign in above to make one.</p>
      )}
    </Card>
  );
}
