/** What the person chose about Jean's own banners, as it is kept. */
export interface BannerChoice {
  /** The person agreed that the companion's notifications take their place. */
  readonly wantedOff: boolean;
  /** We turned them off, so we turn them on again. Written before it is done. */
  readonly ours: boolean;
}

/** What is to be done next, with what is to be kept first. `turn` null: nothing at Jean. */
export interface BannerStep {
  readonly keep: BannerChoice;
  readonly turn: 'on' | 'off' | null;
}

/** Jean was found, and said whether its banners are on. */
export function onFound(choice: BannerChoice, on: boolean): BannerStep {
  if (!choice.wantedOff) return choice.ours && !on ? turnedOn : { keep: { wantedOff: false, ours: false }, turn: null };
  // We turned them off and they are on: the person turned them on in Jean, and that counts.
  if (choice.ours) return on ? { keep: { wantedOff: false, ours: false }, turn: null } : { keep: choice, turn: null };
  // Off already: so the person has them, with us or without, and they are not ours to turn on.
  return on ? { keep: { wantedOff: true, ours: true }, turn: 'off' } : { keep: choice, turn: null };
}

/** The person chose. */
export function onChoice(choice: BannerChoice, off: boolean, on: boolean): BannerStep {
  if (off) return onFound({ wantedOff: true, ours: choice.ours && !on }, on);
  return choice.ours ? turnedOn : { keep: { wantedOff: false, ours: false }, turn: null };
}

/** The app quits: while it doesn't run, Jean tells by itself. The wish stays for the next start. */
export function onQuit(choice: BannerChoice): BannerStep {
  return choice.ours ? { keep: { wantedOff: choice.wantedOff, ours: false }, turn: 'on' } : { keep: choice, turn: null };
}

/** The person leaves for good: nothing of ours stays in Jean, and nothing is wished any more. */
export function onLeave({ ours }: BannerChoice): BannerStep {
  return ours ? turnedOn : { keep: { wantedOff: false, ours: false }, turn: null };
}

const turnedOn: BannerStep = { keep: { wantedOff: false, ours: false }, turn: 'on' };
