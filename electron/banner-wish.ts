import type { NotifyingView } from '../shared/notifications.ts';
import type { AuditInput } from './audit/log.ts';
import { bannersOn, type Invoke, setBanners } from './jean/banners.ts';
import { type BannerStep, onChoice, onFound, onLeave, onQuit } from './notifications/jean-banners.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface BannerWishOptions {
  readonly settings: SettingsFile;
  readonly audit: { append(entry: AuditInput): unknown };
  readonly invoke: (instanceId: string, command: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly onChange: () => void;
  readonly log: (message: string) => void;
}

/** The Jean of this desk: a server shows no banners. */
const here = 'local';
/** A Jean that does not answer must not keep the app from quitting, ms. */
const quitWithinMs = 1_500;

/** Jean's own banners, off while the person wants it and the companion runs, so that nothing is told twice. */
export class BannerWish {
  readonly #o: BannerWishOptions;
  #on: boolean | null = null;

  constructor(options: BannerWishOptions) {
    this.#o = options;
  }

  view(): NotifyingView['jeanBanners'] {
    return { on: this.#on, ...this.#o.settings.get().jeanBanners };
  }

  /** A Jean was found. */
  found(instanceId: string): void {
    if (instanceId !== here) return;
    const { settings, log } = this.#o;
    this.#read()
      .then((on) => this.#do(onFound(settings.get().jeanBanners, on)))
      .catch((error: unknown) => log(`Jean's own banners: ${String(error)}`));
  }

  /** @throws JeanError while Jean can't be told */
  async choose(off: boolean): Promise<void> {
    const on = await this.#read();
    await this.#do(onChoice(this.#o.settings.get().jeanBanners, off, on));
  }

  /** The app quits: what we turned off is turned on. Where Jean is not there to be told, the next start knows of it. */
  async giveBack(): Promise<void> {
    const step = onQuit(this.#o.settings.get().jeanBanners);
    if (step.turn === null) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, quitWithinMs);
    });
    await Promise.race([this.#do(step), late]).catch((error: unknown) =>
      this.#o.log(`Jean's own banners stay off, Jean could not be told: ${String(error)}`),
    );
    clearTimeout(timer);
  }

  /** The person leaves for good. Answers whether anything was to be turned on. @throws JeanError while Jean can't be told */
  async end(): Promise<boolean> {
    const step = onLeave(this.#o.settings.get().jeanBanners);
    await this.#do(step);
    return step.turn !== null;
  }

  async #read(): Promise<boolean> {
    this.#on = await bannersOn(this.#invoke);
    this.#o.onChange();
    return this.#on;
  }

  /** That they are ours to turn on is written before they are off, and taken back after they are on. */
  async #do({ keep, turn }: BannerStep): Promise<void> {
    const { settings, audit, onChange } = this.#o;
    if (turn !== 'on') settings.update({ jeanBanners: keep });
    if (turn !== null) {
      await setBanners(this.#invoke, turn === 'on');
      this.#on = turn === 'on';
      const message = `Jean's own banners were turned ${turn}, by Jean's own command.`;
      audit.append({ kind: 'policy.changed', actor: 'companion', outcome: 'ok', message });
    }
    if (turn === 'on') settings.update({ jeanBanners: keep });
    onChange();
  }

  readonly #invoke: Invoke = (command, args) => this.#o.invoke(here, command, args);
}
