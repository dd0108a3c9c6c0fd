import { useEffect, useMemo, useRef } from 'react';
import { countBuckets, headline } from '../../../shared/format.ts';
import type { InstanceView, ServiceView } from '../../../shared/model.ts';
import { run } from '../../actions.ts';
import { anyJean, awayWords } from '../../shell/away.ts';
import { AwayLines } from '../../shell/away.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { moveBetweenRows } from '../../ui/row-keys.ts';
import { EmptyState } from '../../ui/states.tsx';
import { openPage, useView } from '../../view.ts';
import { GroupRows } from './group-rows.tsx';
import { InstanceHead } from './instance-head.tsx';
import { allDrawn, type Near, useNear } from './near.ts';
import { NeedsYou } from './needs-you.tsx';
import { byInstance, needingYou, type SessionGroup, sessionGroups } from './rows.ts';
import './sessions.css';

const LookAgain = () => <Button onClick={() => void run('setup.retry', { service: 'jean' })}>Look again</Button>;

interface NothingProps {
  readonly instances: readonly InstanceView[];
  readonly github: ServiceView | undefined;
}

function Nothing({ instances, github }: NothingProps) {
  const away = instances.find((one) => one.health !== 'online');
  if (instances.some((one) => one.health === 'online')) {
    const missing = github?.health === 'absent';
    return (
      <EmptyState
        title="No worktrees yet"
        action={missing && <Button onClick={() => openPage('settings')}>Connect GitHub</Button>}
      >
        {missing
          ? 'Create a worktree in Jean. It appears here at once. Connect a GitHub App before, and it gets a credential of its own.'
          : 'Create a worktree in Jean. It appears here at once, with a credential of its own.'}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={awayWords(instances)}
      action={
        <>
          <LookAgain />
          <Button look="primary" onClick={() => openPage('settings')}>
            Open Settings
          </Button>
        </>
      }
    >
      {away?.message || 'Start Jean on this machine, or tell the Companion where its data is.'}
    </EmptyState>
  );
}

interface GroupProps {
  readonly group: SessionGroup;
  readonly github: ServiceView | undefined;
  readonly near: Near | null;
}

function Group({ group, github, near }: GroupProps) {
  const { project, worktrees, rows } = group;
  const facts = [
    project.repository ?? project.path,
    worktrees === 0 ? null : `${worktrees} ${worktrees === 1 ? 'worktree' : 'worktrees'}`,
  ];
  return (
    <section className="group" aria-label={project.name}>
      <div className="group-head">
        <h2>{project.name}</h2>
        <p className="cut">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      <GroupRows id={project.id} rows={rows} github={github} near={near} />
    </section>
  );
}

/** Every session of every Jean, and the credential that it acts with. */
export function SessionsPage() {
  const state = useFeed((feed) => feed.state);
  const { sessions, worktrees, projects, instances: jeans, credentials, identities } = state;
  // Much else of the state changes too, and with thousands of sessions this takes its time.
  const groups = useMemo(
    () => sessionGroups({ sessions, worktrees, projects, instances: jeans, credentials, identities }),
    [sessions, worktrees, projects, jeans, credentials, identities],
  );
  const asking = useMemo(() => needingYou({ sessions, instances: jeans }), [sessions, jeans]);
  const wish = useView((view) => view.wish);
  const box = useRef<HTMLDivElement>(null);
  const near = useNear(box, groups.reduce((sum, { rows }) => sum + rows.length, 0) > allDrawn);
  const { github } = state.services;
  const instances = Object.values(jeans);
  const live = useMemo(
    () => Object.values(sessions).filter((session) => jeans[session.instanceId]?.health === 'online'),
    [sessions, jeans],
  );

  // A tray item or notification may name a worktree: then its first row is meant.
  useEffect(() => {
    if (!wish) return;
    const rows = groups.flatMap((group) => group.rows);
    if (rows.some((row) => row.key === wish)) return;
    const first = rows.find((row) => row.leads && row.worktree.id === wish);
    if (first) useView.setState({ row: first.key, wish: first.key });
  }, [wish, groups]);

  return (
    <>
      <PageHead title="Sessions">{anyJean(state) ? headline(countBuckets(live)) : awayWords(instances)}</PageHead>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears the arrow keys of the rows' own buttons */}
      <div ref={box} className="page-body sessions" onKeyDown={moveBetweenRows}>
        {asking.length > 0 && <NeedsYou sessions={asking} state={state} />}
        <AwayLines page="sessions" jeans={groups.length > 0} />
        {groups.length === 0 && <Nothing instances={instances} github={github} />}
        {instances.length === 1 &&
          groups.map((group) => <Group key={group.project.id} group={group} github={github} near={near} />)}
        {instances.length > 1 &&
          byInstance(groups, state.instances).map(({ instance, groups: its }) => (
            <section key={instance.id} className="jean" aria-label={instance.name}>
              <InstanceHead instance={instance} />
              {its.map((group) => (
                <Group key={group.project.id} group={group} github={github} near={near} />
              ))}
            </section>
          ))}
      </div>
    </>
  );
}
