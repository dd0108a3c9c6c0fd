import { mkdir } from 'node:fs/promises';
import type { SandboxClock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { Router, startServer } from '../http.ts';
import { Api } from './api.ts';
import { appRoutes } from './app-routes.ts';
import { GitHubControl } from './control.ts';
import { problem } from './errors.ts';
import { gitRoutes } from './git-http.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { pageRoutes } from './pages.ts';
import { repoRoutes } from './repo-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { verdictRoutes } from './verdict-routes.ts';
import { createWorld } from './world.ts';

/** How the sandbox's GitHub is started. */
export interface GitHubOptions {
  /** Where the bare repositories are put; made when it isn't there. */
  readonly dir: string;
  readonly clock: SandboxClock;
  /** 0, the default, takes a free port. */
  readonly port?: number;
}

/** A running stand-in for GitHub: its addresses, and what tests may do to it. */
export interface GitHubSandbox {
  /** Base of the REST API, as `https://api.github.com` is. */
  readonly apiUrl: string;
  /** Base of pages, OAuth and git, as `https://github.com` is. The same origin here. */
  readonly webUrl: string;
  readonly control: GitHubControl;
  stop(): Promise<void>;
}

/** Starts a GitHub on loopback that has nobody and nothing in it. */
export async function startGitHub(options: GitHubOptions): Promise<GitHubSandbox> {
  await mkdir(options.dir, { recursive: true });
  const world = createWorld(options.dir, options.clock);
  const api = new Api(world);
  const faults = new Faults();
  const control = new GitHubControl(api, faults);
  const router = new Router();
  appRoutes(router, api);
  tokenRoutes(router, api);
  repoRoutes(router, api);
  verdictRoutes(router, api);
  oauthRoutes(router, world);
  pageRoutes(router, world);
  gitRoutes(router, api);
  const server = await startServer({
    port: options.port ?? 0,
    router,
    faults,
    control,
    fallback: () => problem(404, 'Not Found'),
    finish: (request, answer) => api.finish(request, answer),
  });
  world.origin = server.url;
  return { apiUrl: server.url, webUrl: server.url, control, stop: () => server.stop() };
}
