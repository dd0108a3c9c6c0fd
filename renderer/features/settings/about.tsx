import { useRequest } from '../../actions.ts';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { EnterSandbox, LeaveSandbox } from '../first-steps/sandbox-doors.tsx';
import { usePreferences } from './setting.tsx';

/** What stays here, and what goes where. */
export function Stays() {
  return (
    <ul className="setting-points">
      <li>The Companion sends nothing to its makers: no statistics, no crash reports.</li>
      <li>It talks to your Jeans, to GitHub and, when you have connected it, to Ravi. Nobody else.</li>
      <li>Whom you give a grant for remote access, and nobody else, reaches a Jean through the Companion.</li>
      <li>
        Tokens and keys are kept encrypted with the key store of this computer, and in Ravi’s vault when you are signed in there.
      </li>
      <li>Ravi encrypts what it keeps, and can read it. It also carries the text of SMS and e-mails.</li>
      <li>The audit log and the history of notices stay on this computer, until you export them.</li>
    </ul>
  );
}

export function DataFolder() {
  const folder = usePreferences()?.folder ?? '';
  const [busy, show] = useRequest('settings.folder');
  return (
    <div className="setting">
      <div className="setting-words">
        <p className="setting-title">Data of the Companion</p>
        <p className="setting-hint">
          <code>{folder}</code>
        </p>
      </div>
      <div className="setting-control">
        <Button busy={busy} onClick={() => void show(undefined)}>
          Show the folder
        </Button>
      </div>
    </div>
  );
}

export function Version() {
  const app = useFeed((feed) => appOf(feed.state));
  const kept = usePreferences();
  return (
    <Facts
      facts={[
        ['Companion', app?.version ?? ''],
        ['Electron', app?.electron ?? ''],
        ['System', app?.platform ?? ''],
        ['License', 'MIT'],
        ['Set by your organization', kept?.managedFile ? <code key="file">{kept.managedFile}</code> : null],
      ]}
    />
  );
}

export function Sandbox() {
  const live = useFeed((feed) => appOf(feed.state)?.mode === 'live');
  return (
    <div className="setting">
      <div className="setting-words">
        <p className="setting-title">The sandbox</p>
        <p className="setting-hint">
          Jean, GitHub and Ravi as stand-ins on this computer, with made-up sessions to try everything on. All of it is gone when
          you leave it.
        </p>
      </div>
      <div className="setting-control">{live ? <EnterSandbox /> : <LeaveSandbox />}</div>
    </div>
  );
}
