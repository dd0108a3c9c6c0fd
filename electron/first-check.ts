import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type CheckStep, type CheckView, checkStep } from '../shared/first-check.ts';
import type { AuditInput } from './audit/log.ts';
import { fingerprintOf } from './base/fingerprint.ts';
import { Secret } from './base/secret.ts';
import type { CredentialRecord } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { CredentialRecords } from './credentials/records.ts';
import { runGit } from './git/run.ts';

/** A project whose repository the check is made with. */
export interface CheckedProject {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly repository: string;
}

export interface FirstCheckOptions {
  /** The Companion's own: scratch work trees lie below it, where the next start finds them. */
  readonly folder: string;
  readonly records: Pick<CredentialRecords, 'all' | 'get' | 'remove'>;
  readonly lifecycle: Pick<Lifecycle, 'want' | 'wake' | 'end' | 'settle'>;
  /** Where GitHub's repositories are: `https://github.com`. */
  readonly webUrl: () => string;
  readonly audit: (entry: AuditInput) => void;
  readonly publish: (view: CheckView) => void;
  /** A row of the credentials is gone. */
  readonly forgotten: (worktreeId: string) => void;
  readonly now: () => number;
  /** Runs git; the real one when left out. */
  readonly git?: typeof runGit;
}

/** Its credentials are told apart by this: no worktree of Jean's has such an id. */
const prefix = 'check:';
const askLimitMs = 30_000;
/** What is left of a check is tried again after this long, ms, and then ever later. */
const againMs = { first: 20_000, most: 600_000 } as const;
/** What a scratch work tree is called, before the check's id: nobody else's is. */
const scratchName = 'jean-ravi-check-';
/** Where a check's folder says whose scratch work tree it has. */
const projectFile = 'project';

/** A step did not come out as it should; the message is for the person. */
class StepError extends Error {
  override readonly name = 'StepError';
}

/**
 * Part of the roof: goes the whole way of a credential once, with the lifecycle that all worktrees have, so that what passes here works
 * there. Whatever happens, what it made is ended and taken away; what a crash left, the next start takes away.
 */
export class FirstCheck {
  readonly #o: FirstCheckOptions;
  readonly #git: typeof runGit;
  #view: CheckView | null = null;
  #running: { readonly worktreeId: string; readonly stop: AbortController; readonly over: Promise<void> } | null = null;
  readonly #folder: string;
  #sweeping: Promise<void> | null = null;
  #again: NodeJS.Timeout | undefined;
  #againMs: number = againMs.first;
  #closed = false;

  constructor(options: FirstCheckOptions) {
    this.#o = options;
    this.#git = options.git ?? runGit;
    this.#folder = join(options.folder, 'checks');
  }

  /** Whether a credential is the one of a check that is under way. */
  holds(worktreeId: string): boolean {
    return this.#running?.worktreeId === worktreeId;
  }

  /** Begins; the view tells how it goes. @throws Error with a sentence when one is under way. */
  start(project: CheckedProject): void {
    if (this.#running) throw new Error('A check is under way. Wait until it is over, or stop it.');
    const stop = new AbortController();
    const worktreeId = `${prefix}${randomUUID()}`;
    const over = this.#check(project, worktreeId, stop.signal).finally(() => {
      this.#running = null;
      this.#goOnLater();
    });
    this.#running = { worktreeId, stop, over };
  }

  /** Ends it early; what it made is taken away all the same. */
  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.over;
  }

  /** Ends it with the app: what is left is for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#again);
    await this.stop();
    await this.#sweeping;
  }

  /** Takes away what a check left that was cut short, or could not take away itself; what stays is tried again. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
      this.#goOnLater();
    });
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    for (const { binding } of this.#left()) {
      await this.#o.lifecycle.end(binding.worktreeId, 'released').catch(() => undefined);
      await this.#clear(binding.projectPath, binding.path).catch(() => undefined);
      this.#forget(binding.worktreeId);
    }
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const scratch = join(this.#folder, name, scratchName + name);
      const inUse = this.holds(prefix + name) || this.#left().some(({ binding }) => binding.path === scratch);
      if (inUse) continue;
      const project = await readFile(join(this.#folder, name, projectFile), 'utf8').catch(() => '');
      await this.#clear(project, scratch).catch(() => undefined);
    }
  }

  /** Credentials of checks that are over. */
  #left(): readonly CredentialRecord[] {
    return this.#o.records
      .all()
      .filter(({ binding }) => binding.worktreeId.startsWith(prefix) && !this.holds(binding.worktreeId));
  }

  #goOnLater(): void {
    clearTimeout(this.#again);
    if (this.#closed) return;
    if (this.#left().length === 0) {
      this.#againMs = againMs.first;
      return;
    }
    this.#again = setTimeout(() => void this.sweep(), this.#againMs).unref();
    this.#againMs = Math.min(againMs.most, this.#againMs * 2);
  }

  async #check(project: CheckedProject, worktreeId: string, signal: AbortSignal): Promise<void> {
    this.#view = {
      id: 'check',
      projectId: project.id,
      projectName: project.name,
      repository: project.repository,
      state: 'running',
      steps: checkStep.options.map((step) => ({ step, state: 'todo', sentence: '', tookMs: null })),
    };
    this.#o.publish(this.#view);
    const id = worktreeId.slice(prefix.length);
    const path = join(this.#folder, id, scratchName + id);
    let failed: string | null = null;
    let guard = signal;
    const step = async (name: CheckStep, act: () => Promise<string>): Promise<void> => {
      if (failed !== null) return this.#show(name, 'skipped', '', null);
      const begun = this.#o.now();
      try {
        guard.throwIfAborted();
        this.#show(name, 'doing', '', null);
        this.#show(name, 'done', await act(), this.#o.now() - begun);
      } catch (error) {
        failed = guard.aborted ? 'You stopped it.' : error instanceof Error ? error.message : String(error);
        this.#show(name, 'failed', failed, this.#o.now() - begun);
      }
    };

    await step('worktree', async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // Before there is anything to take away: a crash may come at once.
      await writeFile(join(dirname(path), projectFile), project.path, { mode: 0o600 });
      return this.#make(project, path, signal);
    });
    await step('mint', () => this.#mint(project, worktreeId, path));
    await step('fill', () => this.#fill(worktreeId, path, signal));
    await step('ask', () => this.#ask(path, signal));
    const why = failed;
    // These are done whatever came before.
    failed = null;
    guard = new AbortController().signal;
    await step('revoke', () => this.#revoke(worktreeId));
    failed = null;
    await step('clear', () => this.#clear(project.path, path));
    const ended = this.#view.steps.every(({ state }) => state === 'done');
    const state = signal.aborted ? 'stopped' : ended && why === null ? 'passed' : 'failed';
    this.#view = { ...this.#view, state };
    this.#o.publish(this.#view);
    this.#o.audit({
      kind: 'app.checked',
      actor: 'person',
      outcome: state === 'passed' ? 'ok' : 'failed',
      subject: `${project.name} · check`,
      message:
        state === 'passed'
          ? 'A credential was made, used by git and revoked, all as it should be.'
          : `The check of a credential did not pass: ${why ?? 'something of it could not be taken away.'}`,
      facts: { repository: project.repository },
    });
  }

  async #make(project: CheckedProject, path: string, signal: AbortSignal): Promise<string> {
    const { code, stderr } = await this.#git(['worktree', 'add', '--detach', '--no-checkout', path, 'HEAD'], {
      cwd: project.path,
      signal,
      timeoutMs: askLimitMs,
    });
    if (code !== 0) throw new StepError(`git could not make a work tree of ${project.path}: ${lastLine(stderr)}`);
    return `Of ${project.repository}, in a folder of the Companion’s; your own work trees are not touched.`;
  }

  async #mint(project: CheckedProject, worktreeId: string, path: string): Promise<string> {
    const { lifecycle } = this.#o;
    lifecycle.want({
      worktreeId,
      projectId: project.id,
      projectName: project.name,
      worktreeName: 'check',
      branch: 'check',
      path,
      projectPath: project.path,
      repository: project.repository,
    });
    await lifecycle.wake(worktreeId);
    await lifecycle.settle(worktreeId);
    const record = this.#o.records.get(worktreeId);
    const token = record && serving(record);
    if (!record || !token) throw new StepError(record?.binding.trouble?.reason ?? 'No credential could be made for it.');
    if (!record.binding.installed) throw new StepError(record.binding.trouble?.reason ?? 'Its git could not be set up.');
    if (token.storeTrouble !== null)
      throw new StepError(`It was made, but the vault does not have it: ${token.storeTrouble.reason}`);
    if (token.source !== 'app')
      return `Git gets the token of ${token.holder ?? 'an account'} that this project uses; nothing new was made at GitHub.`;
    const can = Object.entries(token.permissions).filter(([, level]) => level === 'write');
    const minutes = Math.round((token.expiresAt - this.#o.now()) / 60_000);
    return `Good for ${project.repository} alone, for ${minutes} minutes${can.length > 0 ? `; may write ${can.map(([name]) => name.replaceAll('_', ' ')).join(', ')}` : ''}.`;
  }

  async #fill(worktreeId: string, path: string, signal: AbortSignal): Promise<string> {
    const { protocol, host } = new URL(this.#o.webUrl());
    const repository = this.#o.records.get(worktreeId)?.binding.repository ?? '';
    const input = `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${repository}.git\n\n`;
    const { code, stdout, stderr } = await this.#git(['credential', 'fill'], { cwd: path, input, signal, timeoutMs: askLimitMs });
    const password = /^password=(.+)$/m.exec(stdout)?.[1];
    if (code !== 0 || password === undefined) throw new StepError(`git got no credential: ${lastLine(stderr)}`);
    const record = this.#o.records.get(worktreeId);
    if (!record || serving(record)?.fingerprint !== fingerprintOf(Secret.of(password)))
      throw new StepError(
        'git got another credential than the one that was made: some setting of yours comes before the Companion’s.',
      );
    return 'git got this credential and no other.';
  }

  async #ask(path: string, signal: AbortSignal): Promise<string> {
    const remote = await this.#git(['ls-remote', '--quiet', 'origin', 'HEAD'], { cwd: path, signal, timeoutMs: askLimitMs });
    if (remote.code !== 0)
      throw new StepError(
        `git could not read the repository: ${lastLine(remote.stderr)} Look whether this machine reaches ${new URL(this.#o.webUrl()).host}, then check again.`,
      );
    const commit = remote.stdout.slice(0, 7);
    return commit === '' ? 'The repository answered; it has no commit yet.' : `The repository answered: HEAD is at ${commit}.`;
  }

  async #revoke(worktreeId: string): Promise<string> {
    if (!this.#o.records.get(worktreeId)) return 'There was nothing to revoke.';
    await this.#o.lifecycle.end(worktreeId, 'released');
    const record = this.#o.records.get(worktreeId);
    const alive = record?.tokens.find(({ phase }) => phase !== 'dead' && phase !== 'lost');
    if (alive)
      throw new StepError(
        `It is not known to be dead yet: ${alive.revokeTrouble?.reason ?? 'GitHub has not said so'}. The Companion goes on trying.`,
      );
    if (record?.binding.vaulted)
      throw new StepError(
        `It is dead, but still in the vault: ${record.binding.trouble?.reason ?? 'the vault has not answered yet'}. The Companion goes on trying.`,
      );
    const killed = record?.tokens.some(({ death }) => death === 'verified');
    const shared = record?.tokens.some(({ death }) => death === 'released');
    this.#forget(worktreeId);
    return killed
      ? 'GitHub refuses it now: it is dead, and gone from the vault.'
      : shared
        ? 'It is taken away here, and gone from the vault. The token itself lives on: it is not the Companion’s to end.'
        : 'It is taken away here, and gone from the vault.';
  }

  /** Takes a scratch work tree away, in whatever state a crash left it; the person's own work trees are not looked at. */
  async #clear(projectPath: string, path: string): Promise<string> {
    await rm(path, { recursive: true, force: true });
    if (projectPath !== '' && existsSync(projectPath)) {
      // Twice: git locks one that it is still making.
      const { code, stderr } = await this.#git(['worktree', 'remove', '--force', '--force', path], {
        cwd: projectPath,
        timeoutMs: askLimitMs,
      });
      if (code !== 0 && !/is not a working tree/.test(stderr))
        throw new StepError(`git could not remove ${path}: ${lastLine(stderr)}`);
      if (code !== 0) await this.#clearEntry(projectPath, basename(path));
    }
    const folder = dirname(path);
    if (dirname(folder) === this.#folder || basename(folder).startsWith(scratchName))
      await rm(folder, { recursive: true, force: true });
    await rmdir(this.#folder).catch(() => undefined);
    return 'Nothing of the check is left.';
  }

  /** git knows an entry of a work tree only once it is whole: half of one is taken away by its name, which is the check's alone. */
  async #clearEntry(projectPath: string, name: string): Promise<void> {
    if (!name.startsWith(scratchName)) return;
    const { code, stdout } = await this.#git(['rev-parse', '--git-common-dir'], { cwd: projectPath, timeoutMs: askLimitMs });
    if (code === 0) await rm(join(resolve(projectPath, stdout.trim()), 'worktrees', name), { recursive: true, force: true });
  }

  /** A credential of which nothing is left outside needs no row. */
  #forget(worktreeId: string): void {
    const record = this.#o.records.get(worktreeId);
    if (!record) return;
    const { installed, vaulted, touched } = record.binding;
    if (installed || vaulted || touched || record.tokens.some(({ phase }) => phase !== 'dead')) return;
    this.#o.records.remove(worktreeId);
    this.#o.forgotten(worktreeId);
  }

  #show(step: CheckStep, state: CheckView['steps'][number]['state'], sentence: string, tookMs: number | null): void {
    if (!this.#view) return;
    const steps = this.#view.steps.map((one) => (one.step === step ? { step, state, sentence, tookMs } : one));
    this.#view = { ...this.#view, steps };
    this.#o.publish(this.#view);
  }
}

const serving = ({ tokens }: CredentialRecord) => tokens.findLast(({ phase }) => phase === 'serving');

/** What git said last, as the end of a sentence. */
const lastLine = (text: string): string =>
  `${
    text
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/[.\s]+$/, '') || 'it did not say why'
  }.`;
