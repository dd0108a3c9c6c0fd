import { describe, expect, it } from 'vitest';
import { raisingCommand } from './jean-window.ts';

describe('bringing Jean to the front', () => {
  it('is asked of the system, which knows Jean by its bundle or its window', () => {
    expect(raisingCommand('darwin')).toEqual(['/usr/bin/open', ['-b', 'com.jean.desktop']]);
    expect(raisingCommand('win32')?.[1].at(-1)).toContain("AppActivate('Jean')");
  });

  it('is not tried on Linux, where it would start a second Jean', () => {
    expect(raisingCommand('linux')).toBeNull();
  });
});
