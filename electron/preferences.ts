import type { Preferences, PreferencesView } from '../shared/preferences.ts';
import type { LoginItem } from './shell/login-item.ts';
import type { ManagedSettings } from './storage/managed-settings.ts';
import type { SettingsFile } from './storage/settings.ts';

/** Electron's `globalShortcut`, as far as it is used. */
export interface Shortcuts {
  /** False when another program has the combination. */
  register(keys: string, pressed: () => void): boolean;
  unregister(keys: string): void;
}

export interface AppPreferencesOptions {
  /** The person's own, also while they explore the sandbox. */
  readonly settings: SettingsFile;
  readonly managed: ManagedSettings;
  /** What of the app's own files could not be read at the start. */
  readonly problems: readonly string[];
  readonly folder: string;
  readonly theme: { themeSource: 'system' | 'light' | 'dark' };
  readonly shortcuts: Shortcuts;
  readonly login: LoginItem;
  readonly openWindow: () => void;
  readonly publish: (view: PreferencesView) => void;
  readonly report: (what: string, error: unknown) => void;
}

/** Part of the roof: how the app itself behaves on this computer. Every choice has its effect at once. */
export class AppPreferences {
  readonly #o: AppPreferencesOptions;
  #registered: string | null = null;
  #shortcutTrouble: string | null = null;

  constructor(options: AppPreferencesOptions) {
    this.#o = options;
  }

  async start(): Promise<void> {
    const { openAtLogin } = this.#chosen;
    this.#applyTheme();
    this.#applyShortcut();
    this.publish();
    // A program that was moved, or a login item that the person took out by hand, is put right.
    if (openAtLogin) await this.#o.login.set(true).catch((error: unknown) => this.#o.report('Open at login', error));
  }

  stop(): void {
    if (this.#registered !== null) this.#o.shortcuts.unregister(this.#registered);
    this.#registered = null;
  }

  /**
   * Keeps a choice and does what it says.
   * @throws Error with a sentence where this computer can't do it; then it stays as it was.
   */
  async set(next: Preferences): Promise<void> {
    const before = this.#chosen;
    this.#o.settings.update({ preferences: next });
    try {
      if (next.openAtLogin !== before.openAtLogin) await this.#setLogin(next.openAtLogin);
      this.#applyTheme();
      this.#applyShortcut();
      if (this.#shortcutTrouble !== null && next.shortcut !== before.shortcut) throw new Error(this.#shortcutTrouble);
    } catch (error) {
      this.#o.settings.update({ preferences: before });
      this.#applyTheme();
      this.#applyShortcut();
      throw error;
    } finally {
      this.publish();
    }
  }

  publish(): void {
    const { folder, login, managed, problems } = this.#o;
    this.#o.publish({
      ...this.#chosen,
      id: 'preferences',
      managed: managed.paths,
      managedFile: managed.file,
      managedProblem: managed.problem,
      fileProblems: problems,
      loginLimit: login.limit,
      shortcutTrouble: this.#shortcutTrouble,
      folder,
    });
  }

  get #chosen(): Preferences {
    return this.#o.settings.get().preferences;
  }

  async #setLogin(on: boolean): Promise<void> {
    const { login } = this.#o;
    if (on && login.limit !== null) throw new Error(login.limit);
    await login.set(on);
  }

  #applyTheme(): void {
    this.#o.theme.themeSource = this.#chosen.theme;
  }

  #applyShortcut(): void {
    const { shortcut } = this.#chosen;
    if (shortcut === this.#registered) return;
    this.stop();
    this.#shortcutTrouble = null;
    if (shortcut === null) return;
    if (this.#o.shortcuts.register(shortcut, this.#o.openWindow)) this.#registered = shortcut;
    else this.#shortcutTrouble = `Another program has ${shortcut.replaceAll('+', ' + ')} already. Choose other keys.`;
  }
}
