import { useCallback, useEffect, useState } from 'react';
import type { ProgramName, ProgramView, ResponseOf } from '../../../shared/ipc.ts';
import { say, useRequest } from '../../actions.ts';
import { bridge } from '../../bridge.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Card } from './card.tsx';
import { healthOfAll, type ProgramWords, programWords } from './program-words.ts';

const purposes: Readonly<Record<ProgramName, string>> = {
  'jean-ravi': 'Status, rotation and audit log in a terminal, and commands that act as a worktree.',
  gh: 'Stands before GitHub CLI and gives it the credential of the worktree that it runs in.',
};

const healthWords: Readonly<Record<ProgramWords['health'], string>> = {
  ok: 'works',
  warning: 'needs a look',
  absent: 'not installed',
};

type Looked = ResponseOf<'programs.look'>;

function Program({
  program,
  words,
  onChange,
}: {
  readonly program: ProgramView;
  readonly words: ProgramWords;
  readonly onChange: () => Promise<void>;
}) {
  const { name, path, state } = program;
  const [installing, install] = useRequest('programs.install');
  const [removing, remove] = useRequest('programs.remove');
  const ours = state === 'installed' || state === 'outdated';

  const put = async (choose: boolean) => {
    const answer = await install({ name, choose });
    if (answer?.ok && answer.value) say('done', `${name} was installed.`);
    await onChange();
  };
  const take = async () => {
    const answer = await remove({ name });
    if (answer?.ok) say('done', `${name} was removed.`);
    await onChange();
  };

  return (
    <section className="setup-found" aria-label={name}>
      <h3 className="setup-program">
        <code>{name}</code> <span className="quiet">{purposes[name]}</span>
      </h3>
      {state !== 'absent' && <p>{words.sentence}</p>}
      {words.line !== null && (
        <p className="setup-line">
          <code>{words.line}</code>
          <CopyButton text={words.line} what="the line" />
        </p>
      )}
      <Facts facts={[[ours ? 'File' : 'Would be', <code key="path">{path}</code>]]} />
      <div className="setup-actions">
        {state !== 'installed' && (
          <Button busy={installing} aria-label={`Install ${name}`} onClick={() => void put(false)}>
            {state === 'outdated' ? 'Install again' : 'Install'}
          </Button>
        )}
        {!ours && name === 'jean-ravi' && (
          <Button look="quiet" busy={installing} aria-label={`Choose a folder for ${name}`} onClick={() => void put(true)}>
            Choose a folder…
          </Button>
        )}
        {ours && (
          <Button look="quiet" busy={removing} aria-label={`Remove ${name}`} onClick={() => void take()}>
            Remove
          </Button>
        )}
      </div>
    </section>
  );
}

/** What of the Companion is in the person's shells. */
export function CommandLineCard() {
  const [looked, setLooked] = useState<Looked | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [looking, setLooking] = useState(false);

  const look = useCallback(async () => {
    setLooking(true);
    const answer = await bridge.request('programs.look', undefined);
    setLooking(false);
    setWrong(answer.ok ? null : answer.error.message);
    if (answer.ok) setLooked(answer.value);
  }, []);
  useEffect(() => void look(), [look]);

  const rows = looked?.programs.map((program) => ({ program, words: programWords(program, looked.jeanGh) })) ?? [];
  const health = looked === null ? 'checking' : healthOfAll(rows.map(({ words }) => words));
  return (
    <Card
      title="Command line"
      health={wrong === null ? health : 'down'}
      {...(wrong === null && health !== 'checking' && { words: healthWords[health] })}
      purpose="What the Companion can put into your shells, and take away again."
    >
      {wrong !== null && <p>{wrong}</p>}
      {rows.map(({ program, words }) => (
        <Program key={program.name} program={program} words={words} onChange={look} />
      ))}
      <div className="setup-actions">
        <Button look="quiet" busy={looking} aria-label="Check the command line again" onClick={() => void look()}>
          Check again
        </Button>
      </div>
    </Card>
  );
}
