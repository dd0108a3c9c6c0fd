import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worktree } from '../../sandbox/jean/model.ts';
import { type Sandbox, startSandbox } from '../../sandbox/world.ts';
import { rows } from '../desktop/menu.ts';
import type { TrayHost } from '../desktop/status-notifier.ts';
import { Companion } from '../fixtures/companion.ts';
import { AppProcess } from './app-process.ts';
import { readAudit } from './audit-file.ts';
import { LostTokens } from './story.ts';
import { endTroubles, requestsHeld, troublesLeft } from './troubles.ts';
import { configured, wrongs } from './truth.ts';

const settleLimitMs = 30_000;
const dieLimitMs = 30_000;
/** The tray shows a worktree once Jean was read, and that may have to be tried again. */
const clickLimitMs = 30_000;
const clickAgainMs = 10_000;
const reapLimitMs = 2_000;

/** One person's machine with Jean, Ravi and GitHub around it. The app on it is killed and started again, over and over. */
export class Machine {
  readonly sandbox: Sandbox;
  readonly userData: string;
  readonly merged = new Set<string>();
  readonly lost = new LostTokens();
  readonly #busy = new Set<string>();
  readonly #tray: TrayHost;
  #app: AppProcess | null = null;
  #made = 0;

  private constructor(sandbox: Sandbox, userData: string, tray: TrayHost) {
    this.sandbox = sandbox;
    this.userData = userData;
    this.#tray = tray;
  }

  /** Sets the app up as a person does, in its window, and quits it. */
  static async prepare(tray: TrayHost): Promise<Machine> {
    const sandbox = await startSandbox();
    const userData = await mkdtemp(join(tmpdir(), 'jrc-'));
    // A merged worktree stays where it is, closed.
    sandbox.jean.setPreferences({ auto_archive_on_pr_merged: false });
    const companion = await Companion.launch({ userData, dataHome: sandbox.jean.dataHome });
    await companion.connectRavi(sandbox);
    await companion.connectGitHub(sandbox);
    await companion.request('setup.done', undefined);
    await companion.quit();
    return new Machine(sandbox, userData, tray);
  }

  async dispose(): Promise<void> {
    await this.kill();
    await this.sandbox.stop();
    await rm(this.userData, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Starts the app; with a boundary it will die there. */
  start(crashAt?: string): void {
    if (this.#app !== null) throw new Error('The app runs already.');
    const args = crashAt === undefined ? [] : [`--crash-at=${crashAt}`];
    this.#app = new AppProcess(this.userData, this.sandbox.jean.dataHome, args);
  }

  /** The boundaries that the app names when it is asked for one that it does not have. */
  async boundaries(): Promise<readonly string[]> {
    await this.kill();
    this.start('none:such');
    const end = Date.now() + dieLimitMs;
    for (;;) {
      const named = /There are: ([a-z:, ]+)\./.exec(this.#app?.printed ?? '')?.[1];
      if (named !== undefined) {
        await this.kill();
        return named.split(', ');
      }
      if (Date.now() > end) throw new Error(`The app does not name its boundaries\n${this.#app?.printed}`);
      await sleep(40);
    }
  }

  /** SIGKILL now; fine when it is dead already. */
  async kill(): Promise<void> {
    const app = this.#app;
    this.#app = null;
    await app?.kill();
  }

  /** Waits until the app has killed itself at its boundary. */
  async died(): Promise<void> {
    const app = this.#app;
    if (app === null) throw new Error('The app is not running.');
    const ended = await Promise.race([app.ended, sleep(dieLimitMs, null, { ref: false })]);
    if (ended?.signal !== 'SIGKILL')
      throw new Error(
        `The app did not die at its boundary: ${ended === null ? 'it runs on' : `it ended with ${ended.code}`}\n${this.#story()}`,
      );
    this.#app = null;
  }

  /** Waits until everything outside is as it should be. @throws with what is wrong, the newest audit entries and what the app printed. */
  async settled(limitMs = settleLimitMs): Promise<void> {
    const end = Date.now() + limitMs;
    for (;;) {
      // What is held back is carried out yet, also for an app that was killed since.
      if (requestsHeld(this.sandbox) > 0) {
        while (requestsHeld(this.sandbox) > 0) await sleep(40);
        await sleep(200);
      }
      const found = await wrongs(this);
      if (found.length === 0) return;
      if (Date.now() > end) throw new Error(`${found.join('\n')}\n\n${this.#story()}`);
      await sleep(40);
    }
  }

  /** Waits until no more than so many troubles are left. @throws when the app never comes to that */
  async troubled(left = 0, limitMs = settleLimitMs): Promise<void> {
    const end = Date.now() + limitMs;
    while (troublesLeft(this.sandbox) > left) {
      if (Date.now() > end) throw new Error(`${troublesLeft(this.sandbox)} troubles were not met\n${this.#story()}`);
      await sleep(10);
    }
  }

  /** Rotates, until every trouble has been met: a menu that changes under the click swallows it, and a person clicks again. */
  async rotateIntoTrouble(worktree: Worktree, limitMs = settleLimitMs): Promise<void> {
    const end = Date.now() + limitMs;
    for (;;) {
      await this.rotate(worktree);
      const met = await this.troubled(0, clickAgainMs).then(
        () => true,
        (error: unknown) => {
          if (Date.now() > end) throw error;
          return false;
        },
      );
      if (met) return;
    }
  }

  /** A worktree with a credential in force, and the app killed at rest. */
  async subject(): Promise<Worktree> {
    const [worktree] = await this.subjects(1);
    if (worktree === undefined) throw new Error('There is no worktree.');
    return worktree;
  }

  /** So many worktrees with credentials in force, the outside well and the app killed at rest; other worktrees of earlier crashes are deleted. */
  async subjects(count: number): Promise<readonly Worktree[]> {
    endTroubles(this.sandbox);
    this.ensureStarted();
    await this.settled();
    const kept = this.active().slice(-count);
    for (const old of this.sandbox.jean.worktrees()) if (!kept.some(({ id }) => id === old.id)) await this.delete(old);
    while (kept.length < count) kept.push(await this.worktree());
    await this.settled();
    await this.kill();
    return kept;
  }

  /** The person has said, in an earlier run of the app, where credentials are kept. */
  async keepIn(place: 'ravi' | 'local'): Promise<void> {
    if (this.#app !== null) throw new Error('The app runs and would write over it.');
    const file = join(this.userData, 'settings.json');
    const settings = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...settings, keepIn: place }));
  }

  /** Waits until the worktree's credential is kept on this machine, once, and nowhere else; git gets it all the same. */
  async keptHere({ id, name }: Worktree): Promise<void> {
    const end = Date.now() + settleLimitMs;
    for (;;) {
      const atRavi = this.sandbox.ravi.secrets(this.sandbox.raviAccount.identityUuid).map(({ key }) => key);
      const here = Object.keys(JSON.parse(await readFile(join(this.userData, 'secrets.json'), 'utf8')) as object);
      const entries = here.filter((entry) => entry.startsWith('vault:'));
      const used = await this.sandbox.jean.run(id, 'GIT_TERMINAL_PROMPT=0 git ls-remote -q origin HEAD');
      if (atRavi.length === 0 && entries.length === 1 && used.code === 0) return;
      if (Date.now() > end)
        throw new Error(`${name}: Ravi has ${atRavi.length}, this machine ${entries.length}. ${used.stderr}\n${this.#story()}`);
      await sleep(40);
    }
  }

  /** Worktrees that are to have a credential. */
  active(): Worktree[] {
    return this.sandbox.jean.worktrees().filter(({ id, archived_at }) => archived_at === undefined && !this.merged.has(id));
  }

  ensureStarted(): void {
    if (this.#app === null) this.start();
  }

  /** Waits until the app that runs has seen Jean. */
  async connected(): Promise<void> {
    const end = Date.now() + settleLimitMs;
    while (this.sandbox.jean.connections() === 0) {
      if (Date.now() > end) throw new Error(`The app did not connect to Jean\n${this.#story()}`);
      await sleep(40);
    }
  }

  /** Waits until git in the worktree asks the app. */
  async asksUs({ id, name }: Worktree): Promise<void> {
    const end = Date.now() + settleLimitMs;
    while ((await configured(this.sandbox, id)) !== id) {
      if (Date.now() > end) throw new Error(`git in ${name} does not ask the app\n${this.#story()}`);
      await sleep(40);
    }
  }

  /** Jean makes a worktree. */
  worktree(project: 'shop' | 'api' = 'shop'): Promise<Worktree> {
    this.#made += 1;
    return this.sandbox.jean.createWorktree(this.sandbox.repositories[project].projectId, { name: `work-${this.#made}` });
  }

  archive({ id }: Worktree): void {
    this.sandbox.jean.archiveWorktree(id);
  }

  async delete({ id }: Worktree): Promise<void> {
    await this.sandbox.jean.deleteWorktree(id);
    this.merged.delete(id);
  }

  /** The worktree's pull request is merged: its credential is revoked, and git there stays closed. */
  async merge({ id }: Worktree): Promise<void> {
    this.merged.add(id);
    this.#made += 1;
    await this.sandbox.jean.prStatus(id, { number: this.#made, url: `https://example.test/pull/${this.#made}`, state: 'merged' });
  }

  /** git in the worktree asks GitHub something, and so us for the credential; whether it is answered is not the question here. */
  async use({ id }: Worktree): Promise<void> {
    await this.sandbox.jean.run(id, 'GIT_TERMINAL_PROMPT=0 git ls-remote -q origin HEAD');
  }

  /** Clicks Rotate in the tray, for a worktree whose session runs; resolves once the click was sent, or the app is dead already. */
  async rotate(worktree: Worktree): Promise<void> {
    const app = this.#app;
    if (app === null) throw new Error('The app is not running.');
    const clicked = this.#clickRotate(app, worktree).catch(async (error: unknown) => {
      // It may finish an earlier rotation first, and die of that; the bus tells of a death before the process is reaped.
      if ((await Promise.race([app.ended, sleep(reapLimitMs, null, { ref: false })])) === null) throw error;
    });
    await Promise.race([clicked, app.ended]);
  }

  async #clickRotate(app: AppProcess, worktree: Worktree): Promise<void> {
    const item = await this.#tray.waitForItem(clickLimitMs, app.pid);
    const end = Date.now() + clickLimitMs;
    for (;;) {
      const menu = await item.menu();
      const row = [...rows(menu)].find(
        ({ row, parents }) =>
          row.label.startsWith('Rotate credential') && parents.some(({ label }) => label.includes(worktree.name)),
      );
      if (row) return await item.click(row.row.id).catch(() => undefined);
      if (Date.now() > end) throw new Error(`The tray offers no rotation of ${worktree.name}`);
      await sleep(40);
    }
  }

  /** Gives the worktree's session its name and a turn that goes on, so that the tray shows it. */
  async busy(worktree: Worktree): Promise<void> {
    if (this.#busy.has(worktree.id)) return;
    this.#busy.add(worktree.id);
    const [session] = this.sandbox.jean.sessions(worktree.id);
    if (session === undefined) throw new Error(`${worktree.name} has no session`);
    this.sandbox.jean.changeSession(session.id, { name: worktree.name });
    await this.sandbox.jean.startTurn(session.id);
  }

  #story(): string {
    const entries = readAudit(this.userData).slice(-25);
    const told = entries.map(
      ({ seq, at, kind, subject, message }) =>
        `${seq} ${new Date(at).toISOString().slice(11, 23)} ${kind} ${subject ?? ''}: ${message}`,
    );
    return `${told.join('\n')}\n${this.#app?.printed ?? ''}`;
  }
}
