import { useEffect, useMemo, useState } from 'react';
import { type AuditFilter, auditKind } from '../../../shared/audit.ts';
import type { AppState } from '../../../shared/model.ts';
import { say, useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { everything, useView } from '../../view.ts';
import { boundsOf, dayOf } from './days.ts';
import { type Family, familyOf, familyWords, kindWords } from './kind-words.ts';

/** A pause (ms) in typing after which the text counts. */
const pauseMs = 200;

const change = (part: Partial<AuditFilter>): void => useView.setState((view) => ({ audit: { ...view.audit, ...part } }));

/** Worktrees that can be chosen, by id: those that exist, and those that had a credential. */
function worktreeNames(state: AppState, chosen: string | null): readonly (readonly [id: string, name: string])[] {
  const names = new Map<string, string>();
  if (chosen !== null) names.set(chosen, 'A worktree that is gone');
  for (const one of Object.values(state.credentials)) names.set(one.worktreeId, one.worktreeName);
  for (const one of Object.values(state.worktrees)) {
    names.set(one.id, [state.projects[one.projectId]?.name, one.name].filter(Boolean).join(' · '));
  }
  return [...names].sort((a, b) => a[1].localeCompare(b[1]));
}

function KindOptions() {
  const byFamily = Object.entries(familyWords).map(
    ([family, words]) => [words, auditKind.options.filter((kind) => familyOf(kind) === (family as Family))] as const,
  );
  return byFamily.map(([words, kinds]) => (
    <optgroup key={words} label={words}>
      {kinds.map((kind) => (
        <option key={kind} value={kind}>
          {kindWords[kind]}
        </option>
      ))}
    </optgroup>
  ));
}

/** What of the log is shown: text, worktree, kind, day; and its export under the same filter. */
export function Filters() {
  const filter = useView((view) => view.audit);
  const state = useFeed((feed) => feed.state);
  const [text, setText] = useState(filter.text);
  const [exporting, exportLog] = useRequest('audit.export');
  const names = useMemo(() => worktreeNames(state, filter.worktreeId), [state, filter.worktreeId]);

  useEffect(() => setText(filter.text), [filter.text]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text !== useView.getState().audit.text) change({ text });
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);

  const save = async () => {
    const answer = await exportLog({ filter });
    if (answer?.ok && answer.value) say('done', `${answer.value.count} entries written to ${answer.value.path}`);
  };

  return (
    <search className="filters">
      <input
        type="search"
        className="field"
        placeholder="Text, commit, #12 or branch"
        aria-label="Filter by text"
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className="field"
        aria-label="Worktree"
        value={filter.worktreeId ?? ''}
        onChange={(event) => change({ worktreeId: event.target.value || null })}
      >
        <option value="">All worktrees</option>
        {names.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select
        className="field"
        aria-label="Kind"
        value={filter.kind ?? ''}
        onChange={(event) => change({ kind: auditKind.safeParse(event.target.value).data ?? null })}
      >
        <option value="">All kinds</option>
        <KindOptions />
      </select>
      <input
        type="date"
        className="field"
        aria-label="Day"
        value={filter.from === null ? '' : dayOf(filter.from)}
        onChange={(event) => change(boundsOf(event.target.value) ?? { from: null, to: null })}
      />
      {filter !== everything && (
        <Button look="quiet" onClick={() => useView.setState({ audit: everything })}>
          Clear
        </Button>
      )}
      <Button className="filters-export" busy={exporting} onClick={() => void save()}>
        Export JSONL
      </Button>
    </search>
  );
}
