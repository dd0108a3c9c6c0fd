import { isDeepStrictEqual } from 'node:util';
import type { MenuItemConstructorOptions, Rectangle } from 'electron';
import type { TrayAction, TrayIcon, TrayItem, TrayModel } from './tray-model.ts';

/** What we use of Electron's `Tray`. */
export interface TrayLike<Image, Menu> {
  setImage(image: Image): void;
  setToolTip(text: string): void;
  setContextMenu(menu: Menu | null): void;
  popUpContextMenu(menu?: Menu): void;
  on(event: 'click', listener: (event: unknown, bounds: Rectangle) => void): unknown;
  on(event: 'right-click', listener: (event: unknown, bounds: Rectangle) => void): unknown;
  destroy(): void;
}

/** What was asked for; a click on the icon itself opens, with the icon's place on the screen where the platform tells it. */
export type TrayRequest = Exclude<TrayAction, { type: 'open' }> | { readonly type: 'open'; readonly bounds: Rectangle | null };

export interface TrayViewOptions<Image, Menu> {
  readonly createTray: (image: Image) => TrayLike<Image, Menu>;
  /** `Menu.buildFromTemplate`. */
  readonly buildMenu: (template: MenuItemConstructorOptions[]) => Menu;
  readonly icons: Readonly<Record<TrayIcon, Image>>;
  readonly onAction: (request: TrayRequest) => void;
  readonly platform: NodeJS.Platform;
}

/** The tray icon. It is made with the first model, and touched only where a model differs from the one before. */
export class TrayView<Image, Menu> {
  readonly #options: TrayViewOptions<Image, Menu>;
  #tray: TrayLike<Image, Menu> | null = null;
  #shown: TrayModel | null = null;
  #menu: Menu | undefined;
  #disposed = false;

  constructor(options: TrayViewOptions<Image, Menu>) {
    this.#options = options;
  }

  render(model: TrayModel): void {
    if (this.#disposed || isDeepStrictEqual(model, this.#shown)) return;
    const before = this.#shown;
    this.#shown = model;
    const { icons, buildMenu } = this.#options;
    const tray = this.#tray ?? this.#create(icons[model.icon]);
    this.#tray = tray;
    if (before !== null && model.icon !== before.icon) tray.setImage(icons[model.icon]);
    if (model.tooltip !== before?.tooltip) tray.setToolTip(model.tooltip);
    if (!isDeepStrictEqual(model.menu, before?.menu)) {
      this.#menu = buildMenu(menuTemplate(model.menu, (action) => this.#ask(action)));
      if (!this.#clickOpensWindowOnly) tray.setContextMenu(this.#menu);
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#tray?.destroy();
    this.#tray = null;
  }

  /** On macOS an icon with a context menu shows it on every click; there the menu comes up by hand, on the right button. */
  get #clickOpensWindowOnly(): boolean {
    return this.#options.platform === 'darwin';
  }

  #create(image: Image): TrayLike<Image, Menu> {
    const tray = this.#options.createTray(image);
    tray.on('click', (_event, bounds) => this.#options.onAction({ type: 'open', bounds: placed(bounds) }));
    if (this.#clickOpensWindowOnly) tray.on('right-click', () => tray.popUpContextMenu(this.#menu));
    return tray;
  }

  #ask(action: TrayAction): void {
    this.#options.onAction(action.type === 'open' ? { type: 'open', bounds: null } : action);
  }
}

/** The menu as Electron wants it. */
function menuTemplate(items: readonly TrayItem[], ask: (action: TrayAction) => void): MenuItemConstructorOptions[] {
  return items.map((item): MenuItemConstructorOptions => {
    switch (item.type) {
      case 'separator':
        return { type: 'separator', id: item.id };
      case 'heading':
        return { id: item.id, label: withoutMnemonic(item.label), enabled: false };
      case 'action':
        return { id: item.id, label: withoutMnemonic(item.label), enabled: item.enabled, click: () => ask(item.action) };
      case 'submenu':
        return { id: item.id, label: withoutMnemonic(item.label), submenu: menuTemplate(item.items, ask) };
      default:
        return item satisfies never;
    }
  });
}

/** A single `&` would underline the next letter instead of being shown. */
const withoutMnemonic = (label: string): string => label.replaceAll('&', '&&');

/** Linux tells an empty rectangle, or none, because only the panel knows where the icon is. */
const placed = (bounds: Rectangle | undefined): Rectangle | null =>
  bounds && bounds.width > 0 && bounds.height > 0 ? bounds : null;
