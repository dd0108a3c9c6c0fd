import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Args } from './args.ts';
import { type Command, commandsOf, type Jean } from './commands.ts';

/** Where Jean's MCP socket is (contract jean §9b): a file in its data folder, on Windows a pipe named after that folder. */
function mcpPath(dataDir: string): string {
  if (process.platform !== 'win32') return join(dataDir, 'jean-mcp.sock');
  return `\\\\.\\pipe\\jean-mcp-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`;
}

/** Write tools may be called this often a minute by one source (contract jean §9b). */
const writesPerMinute = 20;
const longestLine = 4 * 1024 * 1024;

interface Tool {
  readonly run: Command;
  readonly writes: boolean;
  /** What it may be given; its schema allows nothing else. */
  readonly takes?: readonly string[];
}

/** Jean's MCP socket: one JSON line in, one JSON line out; no events. It goes on while the HTTP server is off. */
export class McpSocket {
  readonly #jean: Jean;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #record: (name: string, ok: boolean) => void;
  readonly #writes = new Map<string, number[]>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(jean: Jean, record: (name: string, ok: boolean) => void) {
    this.#jean = jean;
    this.#tools = toolsOf(jean);
    this.#record = record;
  }

  /** Listens, unless the preferences say no. */
  async start(): Promise<void> {
    if (this.#server !== undefined || this.#jean.state.preferences.jean_mcp_enabled !== true) return;
    const path = mcpPath(this.#jean.state.files.path);
    // A Jean that crashed leaves its socket's file.
    if (process.platform !== 'win32') rmSync(path, { force: true });
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    let asked = false;
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > longestLine) socket.destroy();
      const end = text.indexOf('\n');
      if (asked || end < 0) return;
      asked = true;
      void this.#answer(text.slice(0, end)).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  }

  async #answer(line: string): Promise<unknown> {
    let request: Record<string, unknown>;
    try {
      request = { ...Object(JSON.parse(line)) };
    } catch (error) {
      return failure(-32700, `Parse error: ${String(error)}`);
    }
    const { token, name, arguments: args, source = 'unknown', depth = 0 } = request;
    if (token !== this.#jean.state.preferences.http_server_token) return { error: 'unauthorized' };
    const tool = typeof name === 'string' ? this.#tools.get(name) : undefined;
    if (tool === undefined) return failure(-32602, `Unknown tool: ${String(name)}`);
    if (tool.writes && Number(depth) > 3) return failure(-32602, 'Recursion depth limit exceeded');
    if (tool.writes && !this.#mayWrite(`${String(source)} ${String(name)}`)) return failure(-32602, 'Rate limit exceeded');
    try {
      const more = Object.keys(Object(args)).find((name) => tool.takes !== undefined && !tool.takes.includes(name));
      if (more !== undefined) throw new Error(`Unexpected argument: ${more}`);
      const value = (await tool.run(new Args(args))) ?? null;
      this.#record(String(name), true);
      return {
        jsonrpc: '2.0',
        id: null,
        result: { content: [{ type: 'text', text: JSON.stringify(value, null, 2) }], isError: false },
      };
    } catch (error) {
      this.#record(String(name), false);
      return failure(-32602, error instanceof Error ? error.message : String(error));
    }
  }

  #mayWrite(key: string): boolean {
    const now = this.#jean.state.milliseconds();
    const recent = (this.#writes.get(key) ?? []).filter((at) => now - at < 60_000);
    if (recent.length >= writesPerMinute) return false;
    this.#writes.set(key, [...recent, now]);
    return true;
  }
}

const failure = (code: number, message: string) => ({ jsonrpc: '2.0', id: null, error: { code, message } });

function toolsOf(jean: Jean): ReadonlyMap<string, Tool> {
  const { state, turns } = jean;
  const commands = commandsOf(jean);
  const as = (command: string, writes = false): [string, Tool][] => {
    const run = commands.get(command);
    return run === undefined ? [] : [[command, { run, writes }]];
  };
  return new Map<string, Tool>([
    ...as('list_projects'),
    ...as('list_worktrees'),
    ...as('get_worktree'),
    ...as('list_archived_worktrees'),
    ...as('get_session_status'),
    ...as('archive_worktree', true),
    ...as('unarchive_worktree', true),
    ...as('delete_worktree', true),
    [
      'list_sessions',
      {
        writes: false,
        run: (args) => {
          const worktreeId = args.string('worktreeId');
          const { path: worktreePath } = state.worktree(worktreeId);
          const includeArchived = args.boolean('includeArchived') ?? false;
          return commands.get('list_sessions_summary')?.(new Args({ worktreeId, worktreePath, includeArchived }));
        },
      },
    ],
    [
      'archive_session',
      {
        writes: true,
        takes: ['sessionId'],
        run: (args) => {
          const { id: sessionId, worktree_id: worktreeId } = state.session(args.string('sessionId'));
          const { path: worktreePath } = state.worktree(worktreeId);
          return commands.get('archive_session')?.(new Args({ sessionId, worktreeId, worktreePath }));
        },
      },
    ],
    ['cancel_session_run', { writes: true, takes: ['sessionId'], run: (args) => turns.cancel(args.string('sessionId')) }],
    [
      'send_chat_message',
      {
        writes: true,
        run: (args) => {
          const session = state.session(args.string('sessionId'));
          const executionMode = args.optionalString('executionMode');
          const message = { id: state.newId(), message: args.string('message'), executionMode };
          turns.start(session.id, turns.scriptFor(session, message));
          return { status: 'started' };
        },
      },
    ],
  ]);
}
