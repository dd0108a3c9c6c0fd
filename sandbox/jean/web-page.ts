import { gzipSync } from 'node:zlib';
import type { Handler, HttpAnswer } from '../http.ts';

/**
 * The page of Jean's web access, as small as it can be and still be one: it takes `?token=` from its own address or none, asks `/api/auth`
 * and `/api/init`, opens `/ws`, lists projects and sessions, shows events as they come, and calls commands (contract jean §§1, 2). Its paths
 * are absolute, and it works without a token where Jean says that none is needed, as Jean's own page does.
 */
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jean</title>
<link rel="stylesheet" href="/assets/index.css">
<script type="module" src="/assets/index.js"></script>
</head>
<body>
<div id="root">
<header><h1>Jean</h1><p id="state" role="status">Connecting</p></header>
<main>
<section aria-labelledby="projects-head"><h2 id="projects-head">Projects</h2><ul id="projects"></ul></section>
<section aria-labelledby="sessions-head"><h2 id="sessions-head">Sessions</h2><ul id="sessions"></ul></section>
<section aria-labelledby="message-head"><h2 id="message-head">Message</h2>
<form id="message"><label>To <select id="to"></select></label> <label>Text <input id="text"></label> <button>Send</button></form>
<p id="answer" role="status"></p></section>
<section aria-labelledby="events-head"><h2 id="events-head">Events</h2><ol id="events"></ol></section>
</main>
</div>
</body>
</html>
`;

const css = `body{font:14px/1.45 system-ui,sans-serif;margin:0;background:#f6f7f9;color:#101828}
header{display:flex;gap:16px;align-items:baseline;padding:12px 20px;background:#fff;border-bottom:1px solid #e4e7ec}
h1{font-size:18px;margin:0}h2{font-size:14px}main{padding:0 20px 20px;max-width:70ch}
ul,ol{padding:0;list-style:none}li{padding:3px 0}#events{font:12px monospace;max-height:40vh;overflow:auto}
@media (prefers-color-scheme:dark){body{background:#0e1116;color:#e8ecf2}header{background:#151a21;border-color:#262d37}}
`;

const script = `const byId = (id) => document.getElementById(id);
const say = (id, text) => { byId(id).textContent = text; };
// Jean's page reads this one parameter and no other (contract jean §8).
const token = new URLSearchParams(location.search).get('token');
const withToken = (path) => token === null ? path : path + (path.includes('?') ? '&' : '?') + 'token=' + encodeURIComponent(token);
const waiting = new Map();
let socket;
let last = 0;
let sessions = [];

function invoke(command, args = {}) {
  return new Promise((resolve, reject) => {
    if (socket?.readyState !== WebSocket.OPEN) return reject(new Error('Not connected'));
    const id = String(++last);
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ type: 'invoke', id, command, args }));
  });
}

function rows(id, texts) {
  byId(id).replaceChildren(...texts.map((text) => Object.assign(document.createElement('li'), { textContent: text })));
}

async function list() {
  const [projects, { entries }] = await Promise.all([invoke('list_projects'), invoke('list_all_sessions')]);
  rows('projects', projects.map((project) => project.name));
  sessions = entries.flatMap((entry) => entry.sessions.map((session) => ({ ...session, entry })));
  rows('sessions', sessions.map(({ name, entry }) => entry.project_name + ' / ' + entry.worktree_name + ' / ' + name));
  const chosen = byId('to').value;
  byId('to').replaceChildren(...sessions.map(({ id, name }) => new Option(name, id, false, id === chosen)));
}

function take(frame) {
  if (frame.type === 'event') {
    const row = document.createElement('li');
    row.textContent = frame.event + (frame.payload?.content ? ' ' + frame.payload.content : '');
    byId('events').prepend(row);
    while (byId('events').children.length > 200) byId('events').lastChild.remove();
    if (/^(cache:invalidate|worktree:|session:)/.test(frame.event)) void list().catch(() => undefined);
    return;
  }
  const asked = waiting.get(frame.id);
  waiting.delete(frame.id);
  if (frame.type === 'response') asked?.resolve(frame.data);
  if (frame.type === 'error') asked?.reject(new Error(frame.error));
}

async function connect() {
  try {
    const auth = await (await fetch(withToken('/api/auth'))).json();
    if (!auth.ok || (token === null && auth.token_required !== false)) return say('state', 'A token is needed');
    const init = await fetch(withToken('/api/init'));
    if (!init.ok) return say('state', 'Refused: ' + (await init.text()));
    const { projects, preferences } = await init.json();
    rows('projects', projects.map((project) => project.name));
    document.body.dataset.seesToken = String(Boolean(preferences?.http_server_token));
  } catch {
    say('state', 'Jean is not reachable');
    return setTimeout(connect, 1000);
  }
  socket = new WebSocket(withToken(location.origin.replace(/^http/, 'ws') + '/ws'));
  socket.onopen = () => {
    say('state', 'Connected');
    list().catch((error) => say('answer', error.message));
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = ({ code, reason }) => {
    for (const { reject } of waiting.values()) reject(new Error('The connection is gone'));
    waiting.clear();
    say('state', 'Disconnected' + (reason ? ': ' + reason : ' (' + code + ')'));
    setTimeout(connect, 1000);
  };
}

byId('message').addEventListener('submit', async (event) => {
  event.preventDefault();
  const session = sessions.find(({ id }) => id === byId('to').value);
  if (session === undefined) return;
  const { worktree_id: worktreeId, worktree_path: worktreePath } = session.entry;
  say('answer', 'Sending');
  try {
    await invoke('send_chat_message', { sessionId: session.id, worktreeId, worktreePath, message: byId('text').value });
    say('answer', 'Done');
  } catch (error) {
    say('answer', error.message);
  }
});
void connect();
`;

const assets = new Map(
  [
    { path: '/assets/index.js', type: 'text/javascript', body: script },
    { path: '/assets/index.css', type: 'text/css', body: css },
  ].map((asset) => [asset.path, { ...asset, zipped: gzipSync(asset.body) }]),
);

/** Answers every address that no route takes: assets, and the page itself for all others, also for an unknown `/api/…`. */
export const webPage: Handler = (request): HttpAnswer => {
  if (request.method !== 'GET') return { status: 405, body: '' };
  const asset = assets.get(request.path);
  if (asset === undefined) return { status: 200, headers: { 'content-type': 'text/html' }, body: html };
  const headers = { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' };
  // Jean compresses what the browser lets it (contract jean §1).
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return { status: 200, headers, body: asset.body };
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' }, body: asset.zipped };
};
