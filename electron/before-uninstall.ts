import { BannerWish } from './banner-wish.ts';
import { watchInstance } from './jean/connection.ts';
import { watchJean } from './jean/discover.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface BeforeUninstallOptions {
  readonly settings: SettingsFile;
  /** Where Jean's data is on this computer, the likeliest first. */
  readonly jeanFolders: readonly string[];
  readonly now: () => number;
  readonly log: (message: string) => void;
  /** How long to wait for Jean, ms. */
  readonly withinMs?: number;
}

const againMs = 200;

/**
 * What the app would have done when it quits, for one that crashed and is taken off the computer: Jean's own banners are on again. The
 * uninstallers run it while the program is still there. Answers whether nothing is left to do, and a sentence where there is something to say.
 */
export async function beforeUninstall(
  o: BeforeUninstallOptions,
): Promise<{ readonly done: boolean; readonly say: string | null }> {
  if (!o.settings.get().jeanBanners.ours) return { done: true, say: null };
  const stop = new AbortController();
  const watch = watchInstance(
    { find: watchJean(o.jeanFolders, stop.signal), now: o.now, random: Math.random, log: o.log },
    stop.signal,
  );
  const wish = new BannerWish({
    settings: o.settings,
    // Nobody reads the audit log of an app that goes, and one that runs has it open.
    audit: { append: () => undefined },
    invoke: (_instanceId, command, args) => watch.invoke(command, args),
    onChange: () => undefined,
    log: o.log,
  });
  const end = o.now() + (o.withinMs ?? 8_000);
  try {
    for (;;) {
      try {
        await wish.end();
        return { done: true, say: 'Jean’s own banners are on again.' };
      } catch (error) {
        o.log(String(error));
        if (o.now() > end) return { done: false, say: stillOff };
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    }
  } finally {
    stop.abort();
    await watch.stopped;
  }
}

const stillOff =
  'Jean’s own banners are still off, because Jean does not run or can’t be reached. Turn them on in Jean’s own settings.';
