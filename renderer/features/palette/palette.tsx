import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { anyJean } from '../../shell/away.ts';
import { useFeed } from '../../store.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { useView } from '../../view.ts';
import { candidates } from './candidates.ts';
import { type Candidate, matching } from './matching.ts';
import './palette.css';

const most = 40;
const groups: readonly Candidate['group'][] = ['Sessions', 'Worktrees', 'Pages', 'Actions'];

const close = (): void => useView.setState({ palette: false });

/** Finds a session, worktree or page, or does something, by keyboard alone. */
export function Palette() {
  const state = useFeed((feed) => feed.state);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);

  // Grouped as it is shown, so that the arrows go down the page.
  const found = useMemo(() => {
    const best = matching(candidates(state, Date.now()), query, most);
    const order = query.trim() === '' ? groups : [...new Set(best.map((one) => one.group))];
    return order
      .map((group) => ({ group, list: best.filter((one) => one.group === group) }))
      .filter((one) => one.list.length > 0);
  }, [state, query]);
  const flat = found.flatMap((one) => one.list);
  const active = flat[Math.min(at, flat.length - 1)];
  const activeId = active?.id;

  useEffect(() => {
    if (activeId) list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [activeId]);

  const choose = (candidate: Candidate | undefined): void => {
    if (!candidate) return;
    close();
    candidate.choose();
  };

  const press = (event: KeyboardEvent): void => {
    const here = Math.min(at, flat.length - 1);
    if (event.key === 'ArrowDown') setAt(flat.length === 0 ? 0 : (here + 1) % flat.length);
    else if (event.key === 'ArrowUp') setAt(flat.length === 0 ? 0 : (here - 1 + flat.length) % flat.length);
    else if (event.key === 'Home' && event.ctrlKey) setAt(0);
    else if (event.key === 'End' && event.ctrlKey) setAt(flat.length - 1);
    else if (event.key === 'Enter') choose(active);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Search or jump to" plain className="palette" onClose={close}>
      <div className="palette-line">
        <Search size={15} aria-hidden="true" />
        <input
          type="text"
          role="combobox"
          aria-label="Search or jump to"
          aria-expanded={flat.length > 0}
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant={active ? `palette-${active.id}` : undefined}
          placeholder="A session, worktree, page or action"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
        <Kbd>Esc</Kbd>
      </div>
      <div ref={list} id="palette-list" className="palette-list" role="listbox" aria-label="Results">
        {found.map((one) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options in a listbox; a fieldset may not stand there
          <div key={one.group} role="group" aria-label={one.group}>
            <p className="palette-group" aria-hidden="true">
              {one.group}
            </p>
            {one.list.map((candidate) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the focus and hears the keys
              // biome-ignore lint/a11y/useFocusableInteractive: the combobox has the focus and names the option by aria-activedescendant
              <div
                key={candidate.id}
                id={`palette-${candidate.id}`}
                className="option"
                role="option"
                aria-selected={candidate === active}
                onPointerMove={() => setAt(flat.indexOf(candidate))}
                onClick={() => choose(candidate)}
              >
                <span className="option-title cut">{candidate.title}</span>
                <span className="option-hint cut">{candidate.hint}</span>
              </div>
            ))}
          </div>
        ))}
      </div>
      {flat.length === 0 && (
        <p className="palette-none">
          Nothing is called that. Try another word.
          {!anyJean(state) && ' No Jean is connected now, so what is new in it is not found here.'}
        </p>
      )}
      <p className="unseen" role="status">
        {flat.length === 1 ? '1 result' : `${flat.length} results`}
      </p>
    </Dialog>
  );
}
