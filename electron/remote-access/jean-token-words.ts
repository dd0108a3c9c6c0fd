import type { JeanTokenView } from '../../shared/remote-access.ts';

/** What is told about Jean's own token. */

/** What the person reads of it. `apart`: Jean's preferences name another token than the one that works. */
export function stateWords(
  state: JeanTokenView['state'],
  facts: { readonly canRestart: boolean; readonly sessions: number; readonly apart: boolean },
): string {
  const how = facts.canRestart
    ? 'Restart it from here when that suits.'
    : 'Restart Jean, or turn its web access off and on again in Settings → Web Access.';
  switch (state) {
    case 'unknown':
      return 'Jean’s token is looked at as soon as Jean is connected by its web access.';
    case 'in-step':
      return 'The token in the vault is the one that Jean takes.';
    case 'rotating':
      return 'A new token is being made. The gateway goes on with the one that works.';
    case 'waiting':
      return facts.apart
        ? `Jean’s preferences name another token than the one that it takes: it was made anew in Jean and counts from the next start on, or Jean was started with a token of its own (--token, JEAN_TOKEN). The gateway goes on with the one that works. ${how}`
        : `A new token takes effect when Jean restarts. Until then Jean’s web access takes the old one, which the gateway goes on with; its MCP socket takes the new one already. ${running(facts.sessions)}${how}`;
    case 'restarting':
      return 'Jean is being restarted.';
    default:
      return state satisfies never;
  }
}

const running = (sessions: number): string =>
  sessions === 0 ? '' : `${sessions === 1 ? 'A session runs' : `${sessions} sessions run`} in it now. `;

export const neverTaken =
  'Jean was restarted and still takes its old token. It may have been started with --token or JEAN_TOKEN, which win: change the token there.';
export const notBack = 'Jean did not come back within a minute after it was restarted. Look at how it was started.';
export const notConnected = 'Jean is not connected by its web access now. Try again when it is.';
export const noWay = 'There is no way set to restart this Jean from here. Set one, or restart it yourself.';

/** Its entry can't be taken out. */
export const notThere = 'The vault that has it is not connected now.';

/** Why Jean is not restarted now: the person was told of fewer sessions. */
export const moreRun = (sessions: number): string =>
  `${sessions === 1 ? 'One session runs' : `${sessions} sessions run`} in Jean by now, and a restart ends what ${sessions === 1 ? 'it does' : 'they do'}. Look again, and restart it if that may be.`;
