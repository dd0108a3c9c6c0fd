import { createHash } from 'node:crypto';
import { Variant } from 'dbus-next';
import { plain, type SessionBus, type Target, waitUntil } from './bus.ts';
import { type MenuNode, menuText, parseLayout, rows } from './menu.ts';

const watcherName = 'org.kde.StatusNotifierWatcher';
const watcherPath = '/StatusNotifierWatcher';
const itemInterface = 'org.kde.StatusNotifierItem';
const menuInterface = 'com.canonical.dbusmenu';

/** What of a tray item can change by itself. */
export type TrayChange = 'icon' | 'title' | 'toolTip' | 'status' | 'menu';

/** One size of a tray icon: ARGB, 4 bytes a pixel, in network byte order. */
export interface IconPixmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** The tray of a desktop: keeps the list of icons as KDE's panel does (StatusNotifierItem of freedesktop.org), so that a test can look and click. */
export class TrayHost {
  readonly #bus: SessionBus;
  readonly #items: TrayItem[] = [];
  readonly #undo: (() => void | Promise<void>)[] = [];

  private constructor(bus: SessionBus) {
    this.#bus = bus;
  }

  /** Puts a tray on this bus; rejects when there is one already. */
  static async start(bus: SessionBus): Promise<TrayHost> {
    const host = new TrayHost(bus);
    host.#undo.push(
      bus.serve(watcherPath, watcherName, {
        methods: {
          RegisterStatusNotifierItem: ([service], sender) => {
            void host.#add(String(service), sender);
            return undefined;
          },
          RegisterStatusNotifierHost: () => undefined,
        },
        properties: {
          RegisteredStatusNotifierItems: () =>
            new Variant(
              'as',
              host.#items.map((item) => `${item.owner}${item.path}`),
            ),
          IsStatusNotifierHostRegistered: () => new Variant('b', true),
          ProtocolVersion: () => new Variant('i', 0),
        },
      }),
      await bus.onGone((name) => host.#remove(name)),
    );
    await bus.own(watcherName);
    bus.emit(watcherPath, watcherName, 'StatusNotifierHostRegistered', '', []);
    return host;
  }

  /** The icons that are in the tray now, the newest last. */
  items(): readonly TrayItem[] {
    return [...this.#items];
  }

  /** The newest icon, of that process if an id is given, as soon as there is one; rejects after the limit in ms. */
  waitForItem(limitMs = 10_000, pid?: number): Promise<TrayItem> {
    return waitUntil(`No icon${pid === undefined ? '' : ` of process ${pid}`} came into the tray`, limitMs, () =>
      this.#items.findLast((item) => pid === undefined || item.pid === pid),
    );
  }

  /** Resolves when the tray is empty, so when the app before this test is gone for good; rejects after the limit in ms. */
  async waitForNone(limitMs = 10_000): Promise<void> {
    await waitUntil('The tray did not get empty', limitMs, () => (this.#items.length === 0 ? true : undefined));
  }

  /** Takes the tray off the bus. */
  async stop(): Promise<void> {
    await this.#bus.release(watcherName);
    for (const undo of this.#undo.splice(0)) await undo();
    this.#items.length = 0;
  }

  /** An item registers by its bus name, or by a path on the connection that it calls from. */
  async #add(service: string, sender: string): Promise<void> {
    const path = service.startsWith('/') ? service : '/StatusNotifierItem';
    // Whoever is gone before we asked has no icon to show.
    const pid = await this.#bus.processOf(sender).catch(() => undefined);
    if (pid === undefined || this.#items.some((item) => item.owner === sender && item.path === path)) return;
    this.#items.push(new TrayItem(this.#bus, sender, path, pid));
    this.#bus.emit(watcherPath, watcherName, 'StatusNotifierItemRegistered', 's', [`${sender}${path}`]);
  }

  #remove(name: string): void {
    for (const item of this.#items.filter((candidate) => candidate.owner === name)) {
      this.#items.splice(this.#items.indexOf(item), 1);
      this.#bus.emit(watcherPath, watcherName, 'StatusNotifierItemUnregistered', 's', [`${item.owner}${item.path}`]);
    }
  }
}

/** One icon in the tray, asked anew for everything. */
export class TrayItem {
  readonly #bus: SessionBus;
  /** The unique bus name of the program it belongs to. */
  readonly owner: string;
  readonly path: string;
  readonly pid: number;

  constructor(bus: SessionBus, owner: string, path: string, pid: number) {
    this.#bus = bus;
    this.owner = owner;
    this.path = path;
    this.pid = pid;
  }

  async title(): Promise<string> {
    return String(await this.#read('Title'));
  }

  async status(): Promise<string> {
    return String(await this.#read('Status'));
  }

  /** What is shown while the pointer is on the icon: its title, and after a line break its text when it has one. */
  async toolTip(): Promise<string> {
    const [, , title, text] = (await this.#read('ToolTip')) as [string, unknown, string, string];
    return [title, text].filter((part) => part !== '').join('\n');
  }

  async iconPixmap(): Promise<readonly IconPixmap[]> {
    const sizes = (await this.#read('IconPixmap')) as readonly [number, number, Buffer][];
    return sizes.map(([width, height, pixels]) => ({ width, height, pixels }));
  }

  /** SHA-256 of what the icon shows: two states look different when their hashes differ. */
  async iconHash(): Promise<string> {
    const hash = createHash('sha256');
    for (const { width, height, pixels } of await this.iconPixmap()) hash.update(`${width}x${height}:`).update(pixels);
    return hash.digest('hex');
  }

  /** The menu as it would open now. */
  async menu(): Promise<MenuNode> {
    const at = await this.#menuAt();
    // A desktop says so before it opens a menu, and only then reads it. Electron answers that with an error for the menu as a whole.
    await this.#bus.call(at, 'AboutToShow', 'i', [0]).catch(() => undefined);
    const [, layout] = await this.#bus.call(at, 'GetLayout', 'iias', [0, -1, []]);
    return parseLayout(plain(layout));
  }

  /** Clicks the row with that id. */
  async click(id: number): Promise<void> {
    await this.#bus.call(await this.#menuAt(), 'Event', 'isvu', [
      id,
      'clicked',
      new Variant('i', 0),
      Math.floor(Date.now() / 1000),
    ]);
  }

  /** Clicks the row with that label, also in a submenu; rejects with the whole menu when there is none or it can't be clicked. */
  async clickLabel(label: string): Promise<void> {
    const menu = await this.menu();
    const found = [...rows(menu)].filter(({ row }) => row.visible && row.label === label);
    const match = found.find(({ row }) => row.enabled) ?? found[0];
    if (match === undefined) throw new Error(`No row “${label}” in the tray menu:\n${menuText(menu)}`);
    if (!match.row.enabled) throw new Error(`The row “${label}” of the tray menu is disabled:\n${menuText(menu)}`);
    const at = await this.#menuAt();
    for (const parent of match.parents) await this.#bus.call(at, 'AboutToShow', 'i', [parent.id]);
    await this.click(match.row.id);
  }

  /** Clicks the icon itself; x and y are pixels on the screen, near which a window may open. */
  async activate(x = 0, y = 0): Promise<void> {
    await this.#bus.call(this.#item(), 'Activate', 'ii', [x, y]);
  }

  /** Calls back at each change that the icon announces; resolves with what ends it. */
  async onChange(callback: (change: TrayChange) => void): Promise<() => Promise<void>> {
    const announced: Readonly<Record<string, TrayChange>> = {
      NewIcon: 'icon',
      NewTitle: 'title',
      NewToolTip: 'toolTip',
      NewStatus: 'status',
      LayoutUpdated: 'menu',
      ItemsPropertiesUpdated: 'menu',
    };
    const hear = (_body: readonly unknown[], { member }: { readonly member: string }): void => {
      const change = announced[member];
      if (change !== undefined) callback(change);
    };
    const ends = await Promise.all(
      [itemInterface, menuInterface].map((name) => this.#bus.listen({ sender: this.owner, interface: name }, hear)),
    );
    return async () => {
      for (const end of ends) await end();
    };
  }

  #item(): Target {
    return { destination: this.owner, path: this.path, interface: itemInterface };
  }

  #read(property: string): Promise<unknown> {
    return this.#bus.property(this.#item(), property);
  }

  async #menuAt(): Promise<Target> {
    return { destination: this.owner, path: String(await this.#read('Menu')), interface: menuInterface };
  }
}
