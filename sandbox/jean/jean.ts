import { join } from 'node:path';
import type { SandboxClock } from '../clock.ts';
import { Faults } from '../faults.ts';
import type { Asking } from './asking.ts';
import { assemble, type JeanOptions } from './assembly.ts';
import type { Jean } from './commands.ts';
import type { Emitted } from './events.ts';
import { Flood, type Flooded } from './flood.ts';
import { McpSocket } from './mcp-socket.ts';
import { type Project, type Session, sessionView, type Worktree } from './model.ts';
import { addProject, type NewProject } from './projects.ts';
import type { Question, TurnEnd, TurnScript, TurnStep } from './script.ts';
import { type JeanCall, JeanServer } from './server.ts';
import { Shell, type ShellResult } from './shell.ts';
import type { Responder } from './turns.ts';
import type { JeanUi, PullStatus } from './ui.ts';
import type { NewWorktree } from './worktrees.ts';

/** Starts a Jean on loopback that speaks contract jean §§1–6. */
export async function startJean(options: JeanOptions): Promise<JeanSandbox> {
  const jean = new JeanSandbox(options);
  await jean.start(options.port ?? 0);
  return jean;
}

/** A running sandbox Jean: its address, and its controls, which `POST /__control/<name>` reaches too. */
export class JeanSandbox {
  readonly faults = new Faults();
  /** What `XDG_DATA_HOME` has to be for an app to discover this Jean. */
  readonly dataHome: string;
  /** The HOME of everything that runs in worktrees; a test may put a `.gitconfig` there. */
  readonly home: string;
  readonly clock: SandboxClock;
  readonly #dir: string;
  readonly #jean: Jean;
  readonly #shell: Shell;
  readonly #server: JeanServer;
  readonly #mcp: McpSocket;
  readonly #ui: JeanUi;
  readonly #asking: Asking;
  #flood: Flood | undefined;

  constructor(options: JeanOptions) {
    this.#dir = options.dir;
    this.clock = options.clock;
    this.dataHome = options.dir;
    this.home = join(options.dir, 'home');
    this.#shell = new Shell(this.home);
    const { jean, ui, asking } = assemble(options, this.#shell, () => this.#server.status());
    this.#jean = jean;
    this.#ui = ui;
    this.#asking = asking;
    this.#server = new JeanServer(this.#jean, {
      faults: this.faults,
      control: this,
      liveness: { heartbeatMs: options.heartbeatMs ?? 20_000, silenceMs: options.silenceMs ?? 45_000 },
      appVersion: options.appVersion ?? '0.1.72',
      without: options.without ?? [],
      old: options.old ?? false,
    });
    this.#mcp = new McpSocket(jean, (tool, ok) => this.#server.noteTool(tool, ok));
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return this.#server.status().url;
  }

  get port(): number {
    return this.#server.port;
  }

  /** The token the running server takes; while it is off, the one of the preferences, which the MCP socket takes. */
  get token(): string {
    return this.#server.listening ? this.#server.status().token : String(this.#jean.state.preferences.http_server_token);
  }

  /** The `com.jean.desktop` folder. */
  get dataDir(): string {
    return this.#jean.state.files.path;
  }

  /** Starts to listen. {@link startJean} has done so. */
  async start(port: number): Promise<void> {
    await this.#server.start(port);
    this.#jean.events.activate(true);
    await this.#mcp.start();
  }

  /** Quits: connections are cut, what runs is given up, nothing is written any more. */
  async stop(): Promise<void> {
    this.#flood?.stop();
    await this.#mcp.stop();
    await this.#server.stop();
    await this.#jean.turns.lose();
    await this.#jean.worktrees.settled();
  }

  /**
   * Quits and starts again, on the same port unless given: sockets are cut and event numbers start anew. Turns go on, as Claude's do;
   * with `losingTurns` they die, and their runs stay `running` in the files.
   */
  async restart(how: { readonly newToken?: string; readonly port?: number; readonly losingTurns?: boolean } = {}): Promise<void> {
    const { port } = this;
    const listened = this.#server.listening;
    await this.#mcp.stop();
    await this.#server.stop();
    if (how.losingTurns === true) await this.#jean.turns.lose();
    if (how.newToken !== undefined) this.#jean.state.preferences.http_server_token = how.newToken;
    this.#jean.events.reset();
    if (listened) await this.#server.start(how.port ?? port);
    await this.#mcp.start();
  }

  /**
   * Turns web access off or on, as Jean's window does while Jean lives on. Sockets that are open then stay so, without events, unless
   * `cutting` (contract jean §1, token change semantics 4).
   */
  async webAccess(on: boolean, cutting = true): Promise<void> {
    if (on === this.#server.listening) return;
    this.#jean.events.activate(on);
    if (on) await this.#server.start(this.port);
    else await this.#server.stop(!cutting);
  }

  /** Turns the MCP socket off or on, by its preference. */
  async mcp(on: boolean): Promise<void> {
    this.setPreferences({ jean_mcp_enabled: on });
    if (on) await this.#mcp.start();
    else await this.#mcp.stop();
  }

  dropConnections(): void {
    this.#server.dropConnections();
  }

  /** How many WebSocket clients are connected. */
  connections(): number {
    return this.#server.connections();
  }

  /** The next `n` events reach nobody, though they are counted. */
  loseEvents(n: number): void {
    this.#jean.events.lose(n);
  }

  /** Sends so many `chat:chunk` events a second to every client, until it is told 0; gives what it had sent until now. */
  flood(perSecond: number): Flooded {
    this.#flood ??= new Flood(this.#jean.events, () => this.#server.wires(), [...this.#jean.state.sessions.keys()]);
    const before = this.#flood.stop();
    if (perSecond > 0) this.#flood.start(perSecond);
    return before;
  }

  /** Makes the event stream silent while commands and heartbeats go on (contract jean §1, token change semantics 4 and 5). */
  muteEvents(muted: boolean): void {
    this.#jean.events.mute(muted);
  }

  /** Opens (the start) or closes Jean's window; see {@link JeanUi}. */
  attachUi(attached: boolean): void {
    this.#ui.attach(attached);
  }

  /** What clients asked, oldest first. */
  calls(): readonly JeanCall[] {
    return this.#server.calls;
  }

  /** Every event there was, oldest first, also those that reached nobody. */
  emitted(): readonly Emitted[] {
    return this.#jean.events.log;
  }

  /** What Jean's settings page shows. */
  preferences(): Readonly<Record<string, unknown>> {
    return { ...this.#jean.state.preferences };
  }

  /** Changes preferences as Jean's settings page would. */
  setPreferences(patch: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#jean.state.preferences, patch);
    this.#jean.state.savePreferences();
    this.#jean.events.invalidate('preferences');
  }

  /** Adds a project as Jean's window does. */
  async addProject(wanted: NewProject): Promise<Project> {
    const { state, events } = this.#jean;
    return { ...(await addProject({ state, events, shell: this.#shell }, join(this.#dir, 'projects'), wanted)) };
  }

  projects(): readonly Project[] {
    return this.#jean.state.projects.map((project) => ({ ...project }));
  }

  /** Every worktree, archived ones too. */
  worktrees(): readonly Worktree[] {
    return this.#jean.state.worktrees.map((worktree) => ({ ...worktree }));
  }

  /** Creates a worktree as Jean's window does. @throws when it comes to nothing; the event says why. */
  async createWorktree(projectId: string, wanted: NewWorktree = {}): Promise<Worktree> {
    const { pending, done } = this.#jean.worktrees.create(projectId, wanted);
    const worktree = await done;
    if (worktree === undefined)
      throw new Error(`The worktree ${pending.name} was not created: ${JSON.stringify(this.emitted().at(-1))}`);
    return { ...worktree };
  }

  /** Opens the project's own folder as a worktree (Jean's base session). */
  createBaseWorktree(projectId: string): Worktree {
    return { ...this.#jean.worktrees.createBase(projectId) };
  }

  archiveWorktree(worktreeId: string): void {
    this.#jean.worktrees.archive(worktreeId);
  }

  unarchiveWorktree(worktreeId: string): void {
    this.#jean.worktrees.unarchive(worktreeId);
  }

  /** Deletes a worktree and waits until git has forgotten it. */
  async deleteWorktree(worktreeId: string): Promise<void> {
    await this.#jean.worktrees.delete(worktreeId, 'worktree:deleted').gone;
  }

  /** Reports a pull request of a worktree as Jean's poll does; after a merge the worktree goes as the preferences say. */
  async prStatus(worktreeId: string, pull: PullStatus): Promise<void> {
    await this.#ui.pullStatus(worktreeId, pull);
  }

  /** The sessions of a worktree as Jean lists them; a new worktree has one. */
  sessions(worktreeId: string): readonly Session[] {
    this.#jean.state.index(worktreeId);
    return this.#jean.state.sessionsOf(worktreeId, true).map((session) => ({ ...session }));
  }

  createSession(
    worktreeId: string,
    of: { readonly name?: string; readonly backend?: string; readonly model?: string } = {},
  ): Session {
    const session = this.#jean.state.addSession(worktreeId, of);
    return this.changeSession(session.id, { ...(of.model !== undefined && { selected_model: of.model }) });
  }

  /** Sets fields of a session and tells clients so. */
  changeSession(sessionId: string, change: Partial<Omit<Session, 'id' | 'worktree_id'>>): Session {
    const session = this.#jean.state.session(sessionId);
    Object.assign(session, change);
    this.#jean.state.saveSession(session);
    this.#jean.events.invalidate('sessions');
    return { ...session };
  }

  /** Lets everything in a session have happened this many ms earlier. */
  backdate(sessionId: string, ms: number): void {
    this.#jean.state.backdate(this.#jean.state.session(sessionId), Math.round(ms / 1000));
    this.#jean.events.invalidate('sessions');
  }

  /** One session as `list_all_sessions` shows it, for looking at over the control endpoint. */
  session(sessionId: string): Record<string, unknown> {
    return sessionView(this.#jean.state.session(sessionId));
  }

  /** Decides how sessions answer messages from clients; without it they say two words and finish. */
  answerWith(responder: Responder): void {
    this.#jean.turns.respond = responder;
  }

  /** Starts a turn and resolves when its run is written as running. A script without steps runs until it is told what happens. */
  async startTurn(sessionId: string, script: TurnScript = {}): Promise<void> {
    await this.#jean.turns.start(sessionId, script).written;
  }

  /** Gives a turn that holds its next step. */
  addStep(sessionId: string, step: TurnStep): void {
    this.#jean.turns.turn(sessionId).add(step);
  }

  /** Ends the turn under way, well unless told otherwise, and resolves when the state is written. */
  async finishTurn(sessionId: string, end: TurnEnd = { how: 'done' }): Promise<void> {
    this.#jean.turns.turn(sessionId).end(end);
    await this.#jean.turns.ended(sessionId);
  }

  /** Ends the turn under way with an error. */
  async failTurn(sessionId: string, error: string, kind: 'crashed' | 'stopped' | 'printed' = 'crashed'): Promise<void> {
    await this.finishTurn(sessionId, { how: 'error', error, kind });
  }

  /** Cancels the turn under way as Jean's window does. */
  async cancelTurn(sessionId: string): Promise<void> {
    this.#jean.turns.cancel(sessionId);
    await this.#jean.turns.ended(sessionId);
  }

  /** The session wants to run `command` and may not: at the end of the turn (Claude), or in its middle (Codex, OpenCode). */
  async askPermission(sessionId: string, command: string): Promise<void> {
    await this.#asking.permission(sessionId, command);
  }

  /** The session shows a plan and waits. */
  async askPlan(sessionId: string, plan: string): Promise<void> {
    await this.#asking.atEnd(sessionId, { how: 'plan', plan });
  }

  /** The session asks and waits: at the end of the turn (Claude), or in its middle (Codex, OpenCode). */
  async askQuestion(sessionId: string, questions: readonly Question[]): Promise<void> {
    await this.#asking.question(sessionId, questions);
  }

  /** Resolves when the session's turn is over; at once when there is none. */
  async turnEnded(sessionId: string): Promise<void> {
    await this.#jean.turns.ended(sessionId);
  }

  /** The real commands of the session's last turn. */
  shellResults(sessionId: string): readonly ShellResult[] {
    return this.#jean.turns.shellResults(sessionId);
  }

  /** Runs a command in a worktree outside of any turn, as Jean's own push does. */
  async run(worktreeId: string, command: string): Promise<ShellResult> {
    return await this.#shell.run(command, this.#jean.state.worktree(worktreeId).path);
  }
}
