import type { ServiceView } from '../../../shared/model.ts';
import { useView } from '../../view.ts';
import { type Near, stretches } from './near.ts';
import type { SessionRow as Row } from './rows.ts';
import { SessionRow } from './session-row.tsx';

interface GroupRowsProps {
  /** Tells this list from others on the page. */
  readonly id: string;
  readonly rows: readonly Row[];
  readonly github: ServiceView | undefined;
  /** Null: all rows are drawn. */
  readonly near: Near | null;
}

/** The rows of one project; on a long page those near the view, and room for the others. */
export function GroupRows({ id, rows, github, near }: GroupRowsProps) {
  const open = useView((view) => view.row);
  const wish = useView((view) => view.wish);
  const focused = useView((view) => view.focused);
  const drawn = (row: Row, place: number | null) => (
    <SessionRow
      key={row.key}
      row={row}
      open={open === row.key}
      wanted={wish === row.key}
      github={github}
      place={place}
      of={rows.length}
    />
  );
  if (near === null) return <ul className="rows">{rows.map((row) => drawn(row, null))}</ul>;
  return (
    <ul className="rows">
      {stretches(rows).flatMap(({ first, rows: some }) => {
        const key = `${id}/${first}`;
        // What has the focus, or is about to, stays.
        const kept = some.some((row) => row.key === wish || row.key === focused);
        const shown = kept || near.isNear(key);
        const height = shown ? 0 : near.heightOf(key, some.length);
        return [
          <li key={key} className="row-mark" role="presentation" data-stretch={key} style={{ height }} />,
          ...(shown ? some.map((row, at) => drawn(row, first + at + 1)) : []),
        ];
      })}
      <li key="end" className="row-mark" role="presentation" data-stretch="" />
    </ul>
  );
}
