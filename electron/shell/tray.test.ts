import type { Menu, MenuItemConstructorOptions, NativeImage, Rectangle, Tray } from 'electron';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type TrayLike, type TrayRequest, TrayView } from './tray.ts';
import type { TrayIcon, TrayItem, TrayModel } from './tray-model.ts';

type Template = MenuItemConstructorOptions[];
type Listener = (event: unknown, bounds: Rectangle) => void;

class FakeTray implements TrayLike<string, Template> {
  readonly calls: string[] = [];
  readonly listeners = new Map<string, Listener>();
  menu: Template | null = null;

  setImage(image: string): void {
    this.calls.push(`image ${image}`);
  }
  setToolTip(text: string): void {
    this.calls.push(`tooltip ${text}`);
  }
  setContextMenu(menu: Template | null): void {
    this.calls.push('menu');
    this.menu = menu;
  }
  popUpContextMenu(menu?: Template): void {
    this.calls.push('popup');
    this.menu = menu ?? null;
  }
  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }
  destroy(): void {
    this.calls.push('destroy');
  }
}

const icons: Record<TrayIcon, string> = { offline: 'o', idle: 'i', running: 'r', attention: 'a', error: 'e' };
const quit: TrayItem = { type: 'action', id: 'quit', label: 'Quit', enabled: true, action: { type: 'quit' } };
const model = (over: Partial<TrayModel> = {}): TrayModel => ({
  icon: 'idle',
  tooltip: 'nothing is running',
  menu: [{ ...quit }],
  ...over,
});

function setUp(platform: NodeJS.Platform = 'linux') {
  const tray = new FakeTray();
  const created: string[] = [];
  const asked: TrayRequest[] = [];
  const view = new TrayView<string, Template>({
    createTray: (image) => {
      created.push(image);
      return tray;
    },
    buildMenu: (template) => template,
    icons,
    onAction: (request) => asked.push(request),
    platform,
  });
  return { tray, created, asked, view };
}

describe('the tray', () => {
  it("is fit for Electron's own", () => {
    expectTypeOf<Tray>().toExtend<TrayLike<NativeImage, Menu>>();
  });

  it('is made with the first model', () => {
    const { tray, created, view } = setUp();
    expect(created).toEqual([]);
    view.render(model());
    expect(created).toEqual(['i']);
    expect(tray.calls).toEqual(['tooltip nothing is running', 'menu']);
  });

  it('is not touched when nothing changed', () => {
    const { tray, created, view } = setUp();
    view.render(model());
    tray.calls.length = 0;
    for (let n = 0; n < 5; n += 1) view.render(model());
    expect(tray.calls).toEqual([]);
    expect(created).toHaveLength(1);
  });

  it.each<[string, Partial<TrayModel>, string[]]>([
    ['icon', { icon: 'running' }, ['image r']],
    ['tooltip', { tooltip: '1 running' }, ['tooltip 1 running']],
    ['menu', { menu: [] }, ['menu']],
  ])('changes only its %s when only that changed', (_what, over, calls) => {
    const { tray, view } = setUp();
    view.render(model());
    tray.calls.length = 0;
    view.render(model(over));
    expect(tray.calls).toEqual(calls);
  });

  it('asks for what was clicked, also in a submenu', () => {
    const { tray, asked, view } = setUp();
    const show: TrayItem = {
      type: 'action',
      id: 'session:1:show',
      label: 'Show',
      enabled: true,
      action: { type: 'show', sessionId: '1' },
    };
    view.render(
      model({
        menu: [{ type: 'submenu', id: 'session:1', label: 'R&D — running', items: [show] }, quit, { type: 'separator', id: 'x' }],
      }),
    );
    const [first, second] = tray.menu ?? [];
    expect(first?.label).toBe('R&&D — running');
    const inner = Array.isArray(first?.submenu) ? first.submenu[0] : undefined;
    click(inner);
    click(second);
    expect(asked).toEqual([{ type: 'show', sessionId: '1' }, { type: 'quit' }]);
  });

  it('opens the window on a click, near the icon where the platform says where that is', () => {
    const { tray, asked, view } = setUp();
    view.render(model());
    const bounds = { x: 10, y: 0, width: 22, height: 22 };
    tray.listeners.get('click')?.({}, bounds);
    tray.listeners.get('click')?.({}, { x: 0, y: 0, width: 0, height: 0 });
    expect(asked).toEqual([
      { type: 'open', bounds },
      { type: 'open', bounds: null },
    ]);
  });

  it('keeps the click free on macOS, and brings the menu up on the right button', () => {
    const { tray, view } = setUp('darwin');
    view.render(model());
    expect(tray.calls).not.toContain('menu');
    tray.listeners.get('right-click')?.({}, { x: 0, y: 0, width: 1, height: 1 });
    expect(tray.calls.at(-1)).toBe('popup');
    expect(tray.menu?.map(({ id }) => id)).toEqual(['quit']);
  });

  it('is gone after it was disposed of, and does not come back', () => {
    const { tray, created, view } = setUp();
    view.render(model());
    view.dispose();
    view.render(model({ icon: 'running' }));
    expect(tray.calls.at(-1)).toBe('destroy');
    expect(created).toHaveLength(1);
  });
});

function click(item: MenuItemConstructorOptions | undefined): void {
  (item?.click as (() => void) | undefined)?.();
}
