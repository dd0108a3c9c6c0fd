import { describe, expect, it } from 'vitest';
import { healthOf, type Lower, type Upper } from './road-health.ts';

const upper = (health: Upper['health']): Upper => ({
  health,
  message: `up: ${health}`,
  url: 'http://jean',
  version: '1',
  limits: null,
});
const mcp: Lower = { road: 'mcp', mcp: true, limits: null };
const files: Lower = { road: 'files', mcp: true, limits: null };
const onlyFiles: Lower = { road: 'files', mcp: false, limits: null };

describe('what is said of the roads to a Jean', () => {
  it.each([
    ['online', null, 'online', 'socket'],
    ['online', files, 'online', 'socket'],
    ['connecting', null, 'connecting', null],
    ['offline', null, 'offline', null],
    ['offline', mcp, 'online', 'mcp'],
    ['connecting', mcp, 'online', 'mcp'],
    ['refused', mcp, 'online', 'mcp'],
    ['offline', files, 'offline', 'files'],
    ['refused', files, 'refused', 'files'],
    ['offline', onlyFiles, 'online', 'files'],
    ['refused', onlyFiles, 'refused', 'files'],
  ] as const)('its WebSocket %s, and below %o: it is %s by %s', (health, lower, is, road) => {
    expect(healthOf(upper(health), lower)).toMatchObject({ health: is, road });
  });

  it('names what a lower road misses and how to turn the better one on', () => {
    expect(healthOf(upper('offline'), mcp).limits).toContain('Turn on Settings → Web Access');
    expect(healthOf(upper('offline'), onlyFiles).limits).toContain('Turn on Settings → Web Access');
    // It is on, and refuses: then turning it on is no advice.
    expect(healthOf(upper('refused'), mcp).limits).toContain('up: refused');
    expect(healthOf(upper('refused'), mcp).limits).not.toContain('Turn on');
  });

  it('names rows that could not be read, on each road', () => {
    const limits = 'One row of Jean could not be read.';
    expect(healthOf({ ...upper('online'), limits }, null).limits).toBe(limits);
    expect(healthOf(upper('offline'), { ...files, limits }).limits).toContain(limits);
  });
});
