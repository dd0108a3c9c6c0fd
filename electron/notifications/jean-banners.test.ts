import { describe, expect, it } from 'vitest';
import { type BannerChoice, onChoice, onFound, onLeave, onQuit } from './jean-banners.ts';

const choice = (wantedOff: boolean, ours: boolean): BannerChoice => ({ wantedOff, ours });

describe('Jean’s own banners', () => {
  it.each<[string, BannerChoice, boolean, BannerChoice, 'on' | 'off' | null]>([
    ['stay on where nobody wants them off', choice(false, false), true, choice(false, false), null],
    ['stay off where the person had turned them off before us', choice(false, false), false, choice(false, false), null],
    ['are turned off where that is wanted', choice(true, false), true, choice(true, true), 'off'],
    ['are not ours where they were off already', choice(true, false), false, choice(true, false), null],
    ['stay off after a crash', choice(true, true), false, choice(true, true), null],
    ['stay on where the person turned them on in Jean', choice(true, true), true, choice(false, false), null],
    ['are turned on where that could not be done before', choice(false, true), false, choice(false, false), 'on'],
  ])('when Jean is found %s', (_what, kept, on, keep, turn) => expect(onFound(kept, on)).toEqual({ keep, turn }));

  it.each<[string, BannerChoice, boolean, boolean, BannerChoice, 'on' | 'off' | null]>([
    ['off, and they are on', choice(false, false), true, true, choice(true, true), 'off'],
    ['off, and they are off', choice(false, false), true, false, choice(true, false), null],
    ['on again, and we had turned them off', choice(true, true), false, false, choice(false, false), 'on'],
    ['on again, and it was not us', choice(true, false), false, false, choice(false, false), null],
  ])('when the person wants them %s', (_what, kept, off, on, keep, turn) => {
    expect(onChoice(kept, off, on)).toEqual({ keep, turn });
  });

  it('are turned on when the app quits, and off again at its next start', () => {
    const quit = onQuit(choice(true, true));
    expect(quit).toEqual({ keep: choice(true, false), turn: 'on' });
    expect(onFound(quit.keep, true)).toEqual({ keep: choice(true, true), turn: 'off' });
    expect(onQuit(choice(true, false)).turn).toBeNull();
  });

  it('are turned on when the person leaves for good, also after a crash, and stay as they are where it was not us', () => {
    expect(onLeave(choice(true, true))).toEqual({ keep: choice(false, false), turn: 'on' });
    expect(onLeave(choice(true, false))).toEqual({ keep: choice(false, false), turn: null });
  });
});
