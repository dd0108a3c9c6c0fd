import { run } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { usePreferences } from './setting.tsx';

/** What of the app's own files could not be read at the start, and where it is now; nothing when all could. */
export function FileProblems() {
  const kept = usePreferences();
  return (
    <>
      {kept?.fileProblems.map((problem) => (
        <Notice
          key={problem}
          shape="needs-you"
          action={<Button onClick={() => void run('settings.folder', undefined)}>Show the folder</Button>}
        >
          {problem}
        </Notice>
      ))}
      {kept?.managedProblem && <Notice shape="needs-you">{kept.managedProblem}</Notice>}
    </>
  );
}
