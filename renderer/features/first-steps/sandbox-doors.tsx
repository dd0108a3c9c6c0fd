import { useState } from 'react';
import { useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { enteringWords, leavingWords } from './sandbox-words.ts';

/** The way into the sandbox; asks where something of the person's own stands still meanwhile. */
export function EnterSandbox() {
  const [entering, enter] = useRequest('sandbox.enter');
  const [asking, setAsking] = useState<readonly string[] | null>(null);
  const begin = () => {
    setAsking(null);
    void enter(undefined);
  };
  const wish = () => {
    const words = enteringWords(useFeed.getState().state);
    if (words.length === 0) begin();
    else setAsking(words);
  };
  return (
    <>
      <Button busy={entering} onClick={wish}>
        Explore with the sandbox
      </Button>
      {asking && (
        <Confirm
          title="Explore with the sandbox"
          says={asking}
          keep="Stay here"
          yes="Go into the sandbox"
          look="primary"
          onYes={begin}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

/** The way out of it, with what is gone then. */
export function LeaveSandbox() {
  const [leaving, leave] = useRequest('sandbox.leave');
  const [asking, setAsking] = useState<readonly string[] | null>(null);
  return (
    <>
      <Button busy={leaving} onClick={() => setAsking(leavingWords(useFeed.getState().state))}>
        Leave the sandbox
      </Button>
      {asking && (
        <Confirm
          title="Leave the sandbox"
          says={asking}
          keep="Stay in it"
          yes="Leave and delete it"
          busy={leaving}
          onYes={() => void leave(undefined)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
