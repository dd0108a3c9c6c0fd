/** One row of a tray menu as a desktop shell sees it, or with id 0 the menu itself. */
export interface MenuNode {
  /** The row's id in com.canonical.dbusmenu, which a click names. */
  readonly id: number;
  readonly type: 'standard' | 'separator';
  /** As it is read on the screen: without the marks for keyboard mnemonics. */
  readonly label: string;
  readonly enabled: boolean;
  readonly visible: boolean;
  readonly toggle: 'none' | 'checkmark' | 'radio';
  readonly checked: boolean;
  readonly children: readonly MenuNode[];
}

/** Reads a layout of com.canonical.dbusmenu: (id, properties, children), variants unwrapped, defaults left out by the sender. */
export function parseLayout(layout: unknown): MenuNode {
  if (!Array.isArray(layout) || layout.length !== 3) throw new Error(`Not a dbusmenu layout: ${JSON.stringify(layout)}`);
  const [id, given, children] = layout as [number, Readonly<Record<string, unknown>>, readonly unknown[]];
  const toggle = given['toggle-type'];
  return {
    id,
    type: given.type === 'separator' ? 'separator' : 'standard',
    label: withoutMnemonics(String(given.label ?? '')),
    enabled: given.enabled !== false,
    visible: given.visible !== false,
    toggle: toggle === 'checkmark' || toggle === 'radio' ? toggle : 'none',
    checked: given['toggle-state'] === 1,
    children: children.map(parseLayout),
  };
}

/** A single underscore marks the next letter as mnemonic, two are one underscore. */
function withoutMnemonics(label: string): string {
  return label.replace(/__|_/g, (mark) => (mark === '__' ? '_' : ''));
}

/** All rows of a menu in reading order, those of submenus included, with the rows on the way to each. */
export function* rows(
  menu: MenuNode,
  parents: readonly MenuNode[] = [],
): Generator<{ readonly row: MenuNode; readonly parents: readonly MenuNode[] }> {
  for (const row of menu.children) {
    yield { row, parents };
    yield* rows(row, [...parents, row]);
  }
}

/** The menu as text, one line a row, submenus indented: what a person would see, for reports and messages. */
export function menuText(menu: MenuNode, indent = ''): string {
  return menu.children
    .filter((row) => row.visible)
    .map((row) => {
      if (row.type === 'separator') return `${indent}────────`;
      const mark = row.toggle === 'none' ? '' : row.checked ? '[x] ' : '[ ] ';
      const line = `${indent}${mark}${row.label}${row.enabled ? '' : '  (disabled)'}`;
      return row.children.length > 0 ? `${line}\n${menuText(row, `${indent}    `)}` : line;
    })
    .join('\n');
}
