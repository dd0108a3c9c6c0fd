import { spawn } from 'node:child_process';
import type { HttpAnswer, HttpRequest, Router } from '../http.ts';
import type { Api } from './api.ts';
import { basicCredential, type Caller, callerOfToken, levelOn } from './callers.ts';
import { gitEnvironment } from './git.ts';
import { allows } from './permissions.ts';
import { NO_WORKFLOWS, type Repository } from './repositories.ts';

type GitService = 'git-upload-pack' | 'git-receive-pack';

/** git over HTTP at `/OWNER/REPO.git`, carried out by `git http-backend` (contract github §§1.2, 4.3). */
export function gitRoutes(router: Router, api: Api): void {
  router.on('GET', '/:owner/:repo/info/refs', (request) => {
    const service = request.query.get('service');
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      return text(403, 'Please upgrade your git client: the dumb protocol is not served.');
    }
    return serve(request, service, 'info/refs', api);
  });
  for (const service of ['git-upload-pack', 'git-receive-pack'] as const) {
    router.on('POST', `/:owner/:repo/${service}`, (request) => serve(request, service, service, api));
  }
}

async function serve(request: HttpRequest, service: GitService, suffix: string, api: Api): Promise<HttpAnswer> {
  const { world } = api;
  const caller = gitCaller(request, api);
  if (caller === undefined) {
    return {
      ...text(401, 'Invalid username or token. Password authentication is not supported for Git operations.'),
      headers: { 'www-authenticate': 'Basic realm="GitHub"', 'content-type': 'text/plain' },
    };
  }
  api.remember(request, caller.token.login);
  const repository = world.repositories.find(request.params.owner ?? '', request.params.repo ?? '');
  const level = repository === undefined ? undefined : levelOn(world, caller, repository, 'contents');
  if (repository === undefined || level === undefined) return text(404, 'Repository not found.');
  if (service === 'git-receive-pack' && !allows(level, 'write')) return text(403, 'Write access to repository not granted.');
  const mayWorkflows = caller.token.kind === 'personal' || allows(levelOn(world, caller, repository, 'workflows'), 'write');
  const run = () => runBackend(request, repository, suffix, caller.token.login, mayWorkflows);
  if (suffix !== 'git-receive-pack') return run();
  const { login, hash } = caller.token;
  const { result, changes } = await world.pushes.record(repository, { login, tokenHash: hash }, run);
  world.pulls.follow(repository, changes);
  return result;
}

/** The holder of the token in the Basic credential. An app's token counts only under the name `x-access-token`. */
function gitCaller(request: HttpRequest, api: Api): Extract<Caller, { kind: 'installation' | 'user' }> | undefined {
  const [scheme = '', encoded = ''] = (request.headers.authorization ?? '').split(/\s+/, 2);
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const { username, password } = basicCredential(encoded);
  if (password.startsWith('ghs_')) return username === 'x-access-token' ? callerOfToken(password, api.world) : undefined;
  if (username.startsWith('ghs_')) return undefined;
  return callerOfToken(/^gh[pu]_/.test(username) ? username : password, api.world);
}

function runBackend(
  request: HttpRequest,
  repository: Repository,
  suffix: string,
  login: string,
  mayWorkflows: boolean,
): Promise<HttpAnswer> {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const environment = gitEnvironment({
    GIT_PROJECT_ROOT: repository.path,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${suffix}`,
    QUERY_STRING: request.query.toString(),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header('content-type'),
    CONTENT_LENGTH: String(request.body.length),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    // http-backend lets nobody push who has no name.
    REMOTE_USER: login,
    REMOTE_ADDR: '127.0.0.1',
    ...(mayWorkflows ? {} : { [NO_WORKFLOWS]: '1' }),
  });
  return new Promise((resolve, reject) => {
    // Its clean-up would go on in the background after the answer, in a folder that may be gone by then.
    const child = spawn('git', ['-c', 'receive.autogc=false', 'http-backend'], { env: environment });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => undefined);
    child.stdin.end(request.body);
    child.on('close', () => {
      const answer = cgiAnswer(Buffer.concat(output));
      if (answer === undefined) reject(new Error(`git http-backend gave no answer: ${Buffer.concat(errors).toString('utf8')}`));
      else resolve(answer);
    });
  });
}

function cgiAnswer(output: Buffer): HttpAnswer | undefined {
  const end = output.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, body: output.subarray(end + 4) };
}

function text(status: number, message: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${message}\n` };
}
