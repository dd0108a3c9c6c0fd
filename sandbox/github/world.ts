import type { SandboxClock } from '../clock.ts';
import { Accounts } from './accounts.ts';
import { Apps } from './apps.ts';
import { DeviceLogins } from './device.ts';
import { Manifests } from './manifests.ts';
import { Members } from './members.ts';
import { Pulls } from './pulls.ts';
import { Pushes } from './pushes.ts';
import { RateLimits } from './rate-limits.ts';
import { Repositories } from './repositories.ts';
import { SignUps } from './sign-ups.ts';
import { Tokens } from './tokens.ts';
import { Verdicts } from './verdicts.ts';
import { WebSessions } from './web-sessions.ts';

/** Who is signed in in the browser as long as nobody says otherwise. */
const SIGNED_IN = 'octo-dev';

/** Everything the sandbox's GitHub knows; the routes act on it for the clients, the control for the tests. */
export interface World {
  readonly clock: SandboxClock;
  readonly accounts: Accounts;
  readonly apps: Apps;
  readonly tokens: Tokens;
  readonly repositories: Repositories;
  readonly pulls: Pulls;
  readonly verdicts: Verdicts;
  readonly pushes: Pushes;
  readonly rateLimits: RateLimits;
  readonly devices: DeviceLogins;
  readonly manifests: Manifests;
  readonly signUps: SignUps;
  readonly webSessions: WebSessions;
  readonly members: Members;
  /** Who is signed in in a browser without a session of its own: whom the pages act for. */
  signedInAs: string;
  /** `http://127.0.0.1:<port>`; only known once the server listens. */
  origin: string;
}

/** An empty GitHub whose repositories live under `dir`. */
export function createWorld(dir: string, clock: SandboxClock): World {
  const accounts = new Accounts();
  accounts.ensure(SIGNED_IN);
  const apps = new Apps(clock, accounts);
  const tokens = new Tokens(clock);
  const repositories = new Repositories(dir, clock, accounts);
  return {
    clock,
    accounts,
    apps,
    tokens,
    repositories,
    pulls: new Pulls(clock),
    verdicts: new Verdicts(clock),
    pushes: new Pushes(clock),
    rateLimits: new RateLimits(clock),
    devices: new DeviceLogins(clock, tokens),
    manifests: new Manifests(clock, apps),
    signUps: new SignUps(accounts),
    webSessions: new WebSessions(),
    members: new Members(),
    signedInAs: SIGNED_IN,
    origin: '',
  };
}
