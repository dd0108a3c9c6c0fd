import type { JeanHealth } from './connection.ts';
import { filesLimits, filesOnlineWords, filesWhileOfflineWords, mcpLimits, mcpWords } from './words.ts';

/** How the WebSocket does, which is the best road. */
export interface Upper {
  readonly health: JeanHealth['health'];
  readonly message: string;
  readonly url: string | null;
  readonly version: string | null;
  readonly limits: string | null;
}

/** What the road below it last brought; null while it is not taken, or brought nothing yet. */
export type Lower = null | {
  readonly road: 'mcp' | 'files';
  /** Whether Jean has an MCP socket: if so, one that doesn't answer says that Jean is not running. */
  readonly mcp: boolean;
  readonly limits: string | null;
};

/** One health out of both roads: the best one that works is named, with what it can't see and how to turn a better one on. */
export function healthOf(upper: Upper, lower: Lower): JeanHealth {
  const { health, message, url, version } = upper;
  if (health === 'online') return { type: 'health', ...upper, road: 'socket' };
  const also = (limits: string): string => (lower?.limits ? `${limits} ${lower.limits}` : limits);
  if (lower?.road === 'mcp') {
    const limits = also(mcpLimits(health === 'refused' ? message : null));
    return { type: 'health', health: 'online', message: mcpWords, road: 'mcp', limits, url: null, version };
  }
  if (lower?.road === 'files' && !lower.mcp && health !== 'refused') {
    return {
      type: 'health',
      health: 'online',
      message: filesOnlineWords,
      road: 'files',
      limits: also(filesLimits),
      url: null,
      version,
    };
  }
  // Its socket is dead too, so Jean is not running; what its files say is shown all the same.
  if (lower?.road === 'files')
    return { type: 'health', health, message, road: 'files', limits: also(filesWhileOfflineWords), url, version };
  return { type: 'health', health, message, road: null, limits: upper.limits, url, version };
}
