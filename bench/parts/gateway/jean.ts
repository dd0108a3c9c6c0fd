import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxClock } from '../../../sandbox/clock.ts';
import { Events } from '../../../sandbox/jean/events.ts';
import { Sockets } from '../../../sandbox/jean/sockets.ts';
import { serve } from './part.ts';

/**
 * Jean's stand-in for the bench of the gateway, leaner than the sandbox's: the less it spends itself, the higher is the floor.
 * `/api/auth` answers as Jean does (contract jean §1), each invoke is answered and makes an event, and events come at a given pace, each of
 * them sent by itself, as Jean's are.
 */
const token = 'bench-token-of-jean-0000000000000000000000000';
const page = JSON.stringify({ ok: true, webBuildId: 'bench', appVersion: '0.1.72' });
const events = new Events(new SandboxClock());
const sockets = new Sockets(
  events,
  async (command) => {
    emit();
    return { data: command === 'has_running_sessions' ? false : null };
  },
  { heartbeatMs: 20_000, silenceMs: 45_000 },
);
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"ok":false,"error":"Invalid token"}');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': page.length }).end(page);
});
server.on('upgrade', (request, socket, head) => {
  if (request.headers.authorization === `Bearer ${token}`) sockets.accept(request, socket, head);
  else socket.destroy();
});

let pace: NodeJS.Timeout | undefined;
let sent = 0;

/** A piece of what an agent says, with the moment of its making (ns of the clock that all processes share). */
function emit(): void {
  const at = String(process.hrtime.bigint());
  const session = { session_id: '00000000-0000-4000-8000-000000000000', worktree_id: '00000000-0000-4000-8000-000000000001' };
  events.emit('chat:chunk', { ...session, content: ' of this worktree is renewed before it ends', at });
  sent += 1;
}

const acts = {
  async listen(): Promise<{ port: number; token: string }> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, token };
  },
  /** Begins to send that many events a second; 0 ends it. Gives how many were sent since the last time. */
  flood(perSecond: number): number {
    clearInterval(pace);
    const before = sent;
    sent = 0;
    if (perSecond === 0) return before;
    const began = performance.now();
    pace = setInterval(() => {
      const due = (perSecond * (performance.now() - began)) / 1_000;
      while (sent < due) emit();
    }, 1);
    return before;
  },
  sockets: (): number => sockets.count(),
};
export type JeanActs = typeof acts;
serve(acts);
