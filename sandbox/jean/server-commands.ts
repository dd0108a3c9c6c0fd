import type { Command, Jean } from './commands.ts';
import { generateToken } from './state.ts';

/** Commands about the server and the preferences (contract jean §1). */
export function serverCommands({ state, events, server }: Jean): Record<string, Command> {
  const status = () => {
    const { url, token, port } = server();
    return { running: true, url, token, port, bind_host: '127.0.0.1', localhost_only: true };
  };
  return {
    load_preferences: () => state.preferences,
    patch_preferences: (args) => {
      Object.assign(state.preferences, args.object('patch'));
      state.savePreferences();
      events.invalidate('preferences');
      return null;
    },
    get_http_server_status: status,
    start_http_server: status,
    stop_http_server: () => {
      throw new Error('Cannot stop HTTP server from a WebSocket connection');
    },
    // Only the file changes: the running server keeps the token it started with (contract jean §1, token change semantics).
    regenerate_http_token: () => {
      const token = generateToken();
      state.preferences.http_server_token = token;
      state.savePreferences();
      return token;
    },
    get_server_platform: () => (process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'windows' : 'linux'),
    get_app_data_dir: () => state.files.path,
  };
}
