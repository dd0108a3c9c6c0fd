import { BrowserWindow, type Rectangle, screen } from 'electron';
import type { EventName, EventOf, Page } from '../../shared/ipc.ts';
import { sendToPage } from './ipc.ts';
import { pageUrl } from './security.ts';

/** Where the window was, in screen coordinates. */
export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly remembered: () => Bounds | null;
  readonly remember: (bounds: Bounds) => void;
  /** The page is gone: nobody is looking at anything. */
  readonly onClosed: () => void;
}

const size = { width: 1000, height: 700 };

/** The one window. It is made when wanted and destroyed when closed, so that a tray app at rest has no renderer. */
export class MainWindow {
  readonly #o: WindowOptions;
  #window: BrowserWindow | undefined;
  /** Whether the page listens: it asks for the state once it does. */
  #listening = false;
  #wish: (() => void) | undefined;

  constructor(options: WindowOptions) {
    this.#o = options;
  }

  get focused(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  get native(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Shows the window; near `tray` where the platform says where that is, else where it was, else centred. */
  open(tray?: Rectangle): void {
    const window = this.#window ?? this.#create(tray);
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  /** Opens the window on a page and, there, on one row. */
  show(page: Page, id: string | null): void {
    this.#tell(() => this.send('view.show', { page, id }));
  }

  /** Opens the window on a question that the person is to answer before anything is done. */
  ask(what: EventOf<'view.ask'>['what']): void {
    this.#tell(() => {
      this.send('view.show', { page: 'credentials', id: null });
      this.send('view.ask', { what });
    });
  }

  /** Opens the window at a session, and says how something ended that was started outside of it. */
  say({ tone, text, sessionId }: EventOf<'view.say'> & { readonly sessionId: string }): void {
    this.#tell(() => {
      this.send('view.show', { page: 'sessions', id: sessionId });
      this.send('view.say', { tone, text });
    });
  }

  /** The page asked for the state: what it is to show is sent behind the answer, when it has rows to show. */
  pageListens(): void {
    this.#listening = true;
    const wish = this.#wish;
    this.#wish = undefined;
    if (wish) setImmediate(wish);
  }

  #tell(wish: () => void): void {
    this.open();
    if (this.#listening) wish();
    else this.#wish = wish;
  }

  send<N extends EventName>(name: N, payload: EventOf<N>): void {
    if (this.#window) sendToPage(this.#window.webContents, name, payload);
  }

  close(): void {
    this.#window?.destroy();
  }

  #create(tray?: Rectangle): BrowserWindow {
    const window = new BrowserWindow({
      ...size,
      ...place(this.#o.remembered(), tray),
      minWidth: 760,
      minHeight: 520,
      show: false,
      title: 'Jean Ravi Companion',
      icon: this.#o.icon,
      autoHideMenuBar: true,
      webPreferences: {
        preload: this.#o.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        spellcheck: false,
      },
    });
    window.on('close', () => this.#o.remember(window.getNormalBounds()));
    window.on('closed', () => {
      this.#window = undefined;
      this.#listening = false;
      this.#wish = undefined;
      this.#o.onClosed();
    });
    void window.loadURL(pageUrl);
    this.#window = window;
    return window;
  }
}

function place(remembered: Bounds | null, tray?: Rectangle): Partial<Bounds> {
  if (remembered && isOnScreen(remembered)) return remembered;
  if (!tray || (tray.x === 0 && tray.y === 0)) return {};
  const { workArea } = screen.getDisplayMatching(tray);
  const x = Math.min(Math.max(tray.x + tray.width / 2 - size.width / 2, workArea.x), workArea.x + workArea.width - size.width);
  const below = tray.y < workArea.y + workArea.height / 2;
  return { x: Math.round(x), y: Math.round(below ? workArea.y : workArea.y + workArea.height - size.height) };
}

const isOnScreen = (bounds: Bounds): boolean =>
  screen.getAllDisplays().some(({ workArea: area }) => {
    const across = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
    return across > 200 && bounds.y >= area.y - 10 && bounds.y < area.y + area.height - 100;
  });
