import { z } from 'zod';

/** What is heard with a notification on this desk. */
export const sound = z.enum(['desktop', 'silent', 'chime', 'knock', 'alert']);
export type Sound = z.infer<typeof sound>;
/** Those that we play ourselves, with a volume of their own. */
export type Tone = Exclude<Sound, 'desktop' | 'silent'>;

export const soundWords: Readonly<Record<Sound, string>> = {
  desktop: 'the desktop’s own',
  silent: 'none',
  chime: 'chime',
  knock: 'knock',
  alert: 'alert',
};

export const soundSettings = z.object({
  /** Percent, for our own tones; the desktop's sound has the desktop's volume. */
  volume: z.number().int().min(0).max(100).default(60),
  /** By kind of notice; one that is not in here has its usual one. */
  kinds: z.record(z.string(), sound).default({}),
});
export type SoundSettings = z.output<typeof soundSettings>;

/** Good news needs no sound. */
const silentKinds: ReadonlySet<string> = new Set(['finished', 'pull-merged']);

/** What is heard with a kind of notice. */
export const soundOf = ({ kinds }: SoundSettings, kind: string): Sound =>
  (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined) ?? (silentKinds.has(kind) ? 'silent' : 'desktop');
