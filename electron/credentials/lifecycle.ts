import type { SourceKind } from '../../shared/policy.ts';
import { DueTimer } from '../base/due-timer.ts';
import type { Secret } from '../base/secret.ts';
import type { Clock } from './clock.ts';
import {
  beginsAnew,
  type CredentialRecord,
  currentToken,
  type Ending,
  isHeldBack,
  isHistory,
  overruledAfter,
  releasesGit,
  stateOf,
  type Token,
} from './credential.ts';
import { Moving } from './moving.ts';
import { moveGivenUp } from './place.ts';
import { plan, wokenByUse } from './plan.ts';
import type { LifePolicy } from './policy.ts';
import { lookAtRejected } from './rejection.ts';
import { actsAsPersonMs, leavesGitOpen, withMeanwhile } from './slow-mint.ts';
import { slugOf, uniqueVaultKey } from './slug.ts';
import { StepQueues } from './step-queues.ts';
import { Steps, type StepsOptions } from './steps.ts';
import { factsOf, newBinding, type WantedWorktree } from './wanted-worktree.ts';

export interface LifecycleOptions extends StepsOptions {
  readonly lifePolicy: () => LifePolicy;
  /** `JEAN_GH_TOKEN_<SLUG>`, or as the person wants it. A worktree keeps the name that it was given. */
  readonly vaultKeyTemplate: () => string;
  /** What git's person reads in a worktree whose credential ended. */
  readonly refusal: (record: CredentialRecord) => string;
  /** Left out: the clock can be believed. */
  readonly clock?: Pick<Clock, 'sure' | 'ask'>;
  readonly onChange: (worktreeId: string, record: CredentialRecord | null) => void;
  /** How long git may act as the person while the first credential is asked for, ms; 5 s when left out. */
  readonly actsAsPersonMs?: number;
}

/** What the kill switch did: how many worktrees had a credential or were to have one; `unverified` has the ids of those whose token is not known to be dead yet. */
export interface Revoked {
  readonly worktrees: number;
  readonly unverified: readonly string[];
}

/** When a plan that failed outside of its steps is looked at again, ms. */
const afterFailureMs = 60_000;

/**
 * Carries out what {@link plan} decides, one step at a time and one worktree once at a time. Each step is in the
 * database before it is tried and after it is done, so that a restart at any point finishes it.
 */
export class Lifecycle {
  /** Entries on their way from one vault to another. */
  readonly moving: Moving;
  readonly #o: LifecycleOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #steps: Steps;
  readonly #due: DueTimer;
  readonly #queues = new StepQueues();
  #stopped = false;

  constructor(options: LifecycleOptions) {
    this.#o = options;
    this.#steps = new Steps(options);
    this.moving = new Moving(options, (id) => this.#run(id));
    this.#due = new DueTimer(options.now, (id) => void this.#run(id));
  }

  /** Finishes what a previous run left: intents without an answer are closed, sockets opened, every plan looked at again. */
  async start(): Promise<void> {
    for (const record of this.#o.records.all()) {
      if (isHistory(record, this.#o.now())) {
        this.#o.records.remove(record.binding.worktreeId);
        continue;
      }
      if (record.binding.touched) await this.#setDoor(record);
      if (record.binding.installed && record.binding.ending === null) void this.#lookAtGit(record);
      this.#changed(record.binding.worktreeId);
    }
    await this.#steps.values.sweep();
    this.kick();
  }

  /** Waits for the steps under way (5 s at most); git in managed worktrees fails closed from here on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#due.stop();
    const grace = new Promise<void>((resolve) => setTimeout(resolve, 4_000).unref());
    await Promise.race([Promise.allSettled(this.#running.values()), grace]);
  }

  /** Makes sure that a worktree has a credential; one that ended by archiving, deleting or disconnecting begins anew. */
  want(worktree: WantedWorktree, reopened = false): void {
    const known = this.#o.records.get(worktree.worktreeId);
    if (!known) {
      const key = uniqueVaultKey(
        this.#o.vaultKeyTemplate(),
        slugOf(worktree.projectName, worktree.branch),
        this.#o.shortHash(worktree.worktreeId),
        (taken) => this.#o.records.all().some((r) => r.binding.vaultKey === taken),
      );
      const vault = this.#o.vaults.current();
      this.#o.records.create(
        newBinding(worktree, {
          vaultKey: key,
          vault: vault.kind,
          vaultIdentity: vault.identity,
          rest: this.#o.lifePolicy().mintAt === 'first-use' ? 'unused' : 'awake',
          wantedAt: this.#o.now(),
        }),
      );
    } else {
      const { ending, repository } = known.binding;
      const again = beginsAnew(ending, reopened);
      if (repository.toLowerCase() !== worktree.repository.toLowerCase()) {
        if (ending === null) return void this.#moveTo(worktree);
        for (const { phase, generation } of known.tokens)
          if (phase === 'minted' || phase === 'serving')
            this.#o.records.updateToken(worktree.worktreeId, generation, { phase: 'retired', revokeAfter: 0 });
      }
      const begun = { repository: worktree.repository, ending: null, trouble: null, wantedAt: this.#o.now() };
      this.#o.records.update(worktree.worktreeId, { ...factsOf(worktree), ...(again ? begun : {}) });
      if (again) void this.#setDoor(this.#mustFind(worktree.worktreeId));
    }
    this.#o.boundary?.('want:recorded');
    this.#changed(worktree.worktreeId);
    this.kick(worktree.worktreeId);
  }

  /** Ends a worktree's credential: its door closes at once, then it is revoked, verified and taken out of vault and config. `by`: the pull request. */
  async end(worktreeId: string, ending: Ending, by: number | null = null): Promise<void> {
    const record = this.#o.records.get(worktreeId);
    if (!record) return;
    const moved = ending !== record.binding.ending && (record.binding.touched || releasesGit[ending]);
    if (record.binding.ending === null || moved)
      this.#o.records.update(worktreeId, {
        ...(ending === 'merged' || ending === 'closed' ? { overruled: null, overruledPull: null } : {}),
        ...{ ending, endedBy: by, rotateGeneration: null, trouble: null },
        ...moveGivenUp(record.binding),
      });
    else if (by !== null && record.binding.ending === ending) this.#o.records.update(worktreeId, { endedBy: by });
    this.#o.boundary?.('end:recorded');
    await this.#setDoor(this.#mustFind(worktreeId));
    this.#o.boundary?.('end:closed');
    this.#changed(worktreeId);
    await this.#run(worktreeId);
  }

  /** Replaces the serving token; resolves once the old one is verified dead. Throws with the reason when that can't be done now. */
  async rotate(worktreeId: string): Promise<void> {
    const record = this.#mustFind(worktreeId);
    const serving = record.tokens.findLast((t) => t.phase === 'serving');
    if (record.binding.ending !== null || !serving)
      throw new Error(`There is no credential to rotate in ${record.binding.subject}. Make one first.`);
    if (serving.source !== 'app')
      throw new Error(
        `${record.binding.subject} shares its token with the project’s other worktrees. Replace it under Projects.`,
      );
    this.#o.records.update(worktreeId, { rotateGeneration: serving.generation, trouble: null });
    this.#o.boundary?.('rotate:recorded');
    this.#changed(worktreeId);
    await this.#run(worktreeId);
    const after = this.#mustFind(worktreeId);
    if (after.binding.rotateGeneration !== null)
      throw new Error(`The old credential stays in use. ${after.binding.trouble?.reason ?? 'The new one is not ready yet.'}`);
  }

  /**
   * Makes a credential again after it ended or failed, without waiting for the next try. One that is still to be killed is not made
   * again: its end is what is tried. Throws with the reason when that fails too.
   */
  async provision(worktreeId: string): Promise<void> {
    const before = this.#mustFind(worktreeId);
    const { ending } = before.binding;
    const dying = ending !== null && stateOf(before, this.#o.now()) !== 'revoked';
    if (!dying && (ending === 'archived' || ending === 'deleted'))
      throw new Error('This worktree is not in Jean any more. Restore it there, and it gets a credential by itself.');
    this.#o.records.update(worktreeId, {
      trouble: null,
      ...(dying ? {} : { ...overruledAfter(before.binding), ending: null, rest: 'awake', wantedAt: this.#o.now() }),
    });
    await this.#setDoor(this.#mustFind(worktreeId));
    this.#o.records.forgetTroubles(worktreeId);
    this.#changed(worktreeId);
    await this.#run(worktreeId);
    const { binding, tokens } = this.#mustFind(worktreeId);
    const trouble = binding.trouble ?? tokens.find((t) => t.phase === 'retired' && t.revokeTrouble !== null)?.revokeTrouble;
    if (trouble) throw new Error(trouble.reason);
  }

  /** Looks at one plan again, or at all of them (after a wake, or when an outside system is back). */
  kick(worktreeId?: string): void {
    const ids = worktreeId === undefined ? this.#o.records.all().map((r) => r.binding.worktreeId) : [worktreeId];
    for (const id of ids) void this.#run(id);
  }

  /** As {@link kick}, and what failed before is tried at once. */
  retryAll(): void {
    for (const { binding } of this.#o.records.all()) {
      this.#o.records.update(binding.worktreeId, { trouble: null });
      this.#o.records.forgetTroubles(binding.worktreeId);
    }
    this.kick();
  }

  /** The value that git gets now, or null. The broker is the only caller. */
  async valueForGit(worktreeId: string): Promise<{ readonly token: Token; readonly value: Secret } | null> {
    const record = this.#o.records.get(worktreeId);
    if (!record || record.binding.ending !== null) return null;
    const token = currentToken(record);
    const value = token && (await this.#steps.values.find(record, token));
    // While its value was read it may have ended, or been replaced.
    const now = this.#o.records.get(worktreeId);
    if (!token || now?.binding.ending !== null || currentToken(now)?.generation !== token.generation) return null;
    if (value) return { token, value };
    // A box in memory has forgotten it over a restart, and no vault holds it: it ends by itself, and a new one is made.
    this.#steps.lose(worktreeId, token.generation, 'Its value is not on this machine any more.');
    this.#changed(worktreeId);
    return null;
  }

  /** git asks where there is no live token: what waited for its first use, or sleeps, is made now. */
  wake(worktreeId: string): Promise<void> {
    const record = this.#o.records.get(worktreeId);
    const woken = record && wokenByUse(record.binding, this.#o.now());
    if (woken) {
      this.#o.records.update(worktreeId, woken);
      this.#changed(worktreeId);
    }
    return this.#run(worktreeId);
  }

  /** The kill switch: ends every credential at once and says what is verified. Resolves when each was tried. */
  async revokeAll(): Promise<Revoked> {
    const alive = ({ tokens }: CredentialRecord): boolean => tokens.some((t) => t.phase !== 'dead');
    const all = this.#o.records.all().filter((r) => r.binding.ending === null || alive(r));
    for (const { binding } of all) this.#o.records.forgetTroubles(binding.worktreeId);
    await Promise.all(all.map(({ binding }) => this.end(binding.worktreeId, binding.ending ?? 'revoked-by-person')));
    const left = this.#o.records.all().filter(alive);
    return { worktrees: all.length, unverified: left.map((r) => r.binding.worktreeId) };
  }

  /** Acts on a changed policy of a project: off ends its credentials, on makes them, another scope or source replaces them. */
  policyChanged(projectId: string, enabled: boolean): void {
    for (const { binding, tokens } of this.#o.records.all()) {
      if (binding.projectId !== projectId) continue;
      if (!enabled) void this.end(binding.worktreeId, 'switched-off');
      else if (binding.ending === null) {
        const serving = tokens.findLast((t) => t.phase === 'serving');
        this.#o.records.update(binding.worktreeId, {
          trouble: null,
          ...(serving ? { rotateGeneration: serving.generation } : {}),
        });
        this.kick(binding.worktreeId);
      }
    }
  }

  /** A project's token of this source is another, or gone: what worktrees hold of the former ones is taken away, and a new one asked for. */
  sourceReplaced(projectId: string, source: SourceKind, fingerprint: string | null): void {
    for (const { binding, tokens } of this.#o.records.all()) {
      if (binding.projectId !== projectId) continue;
      const { worktreeId } = binding;
      for (const token of tokens) {
        const held = token.phase === 'minted' || token.phase === 'serving';
        if (held && token.source === source && token.fingerprint !== fingerprint)
          this.#o.records.updateToken(worktreeId, token.generation, { phase: 'retired', revokeAfter: 0 });
      }
      if (binding.trouble !== null) this.#o.records.update(worktreeId, { trouble: null });
      this.#changed(worktreeId);
      this.kick(worktreeId);
    }
  }

  /** Runs the worktree's plan until it rests; a broker that has nothing to give waits for this. */
  settle(worktreeId: string): Promise<void> {
    return this.#run(worktreeId);
  }

  /** git says that GitHub refused a token which we count as alive: GitHub is asked, and a new one made unless it takes it. */
  async rejected(worktreeId: string, generation: number): Promise<void> {
    if (!(await lookAtRejected({ ...this.#o, values: this.#steps.values }, worktreeId, generation))) return;
    this.#changed(worktreeId);
    await this.#run(worktreeId);
  }

  #run(worktreeId: string): Promise<void> {
    const under = this.#running.get(worktreeId);
    if (under !== undefined) {
      this.#again.add(worktreeId);
      return under;
    }
    const run = this.#loop(worktreeId)
      .catch((error: unknown) => {
        // The database or the secret box failed: nothing says when to go on, so a plan must not be forgotten by it, nor hurried.
        this.#again.delete(worktreeId);
        this.#due.set(worktreeId, this.#o.now() + afterFailureMs);
        throw error;
      })
      .finally(() => {
        this.#running.delete(worktreeId);
        if (this.#again.delete(worktreeId)) void this.#run(worktreeId);
      });
    this.#running.set(worktreeId, run);
    return run;
  }

  async #loop(worktreeId: string): Promise<void> {
    while (!this.#stopped) {
      this.#again.delete(worktreeId);
      const record = this.#o.records.get(worktreeId);
      if (!record) return;
      // No mint of this worktree runs now: its answer was not written down, by this run of the app or by one before.
      const unheard = record.tokens.find((t) => t.phase === 'minting');
      if (unheard) {
        await this.#steps.recover(record, unheard);
        continue;
      }
      this.#o.clock?.ask();
      const step = plan(record, this.#o.now(), this.#o.lifePolicy(), this.#o.clock?.sure);
      if (step.do === 'nothing' || step.do === 'wait') {
        this.#due.set(worktreeId, step.do === 'wait' ? step.until : null);
        if (!this.#again.has(worktreeId)) return;
        continue;
      }
      await this.#o.records.durable();
      const acting = this.#queues.run(step, async () => {
        // While the step waited for its turn, what it was decided on may have changed.
        if (!this.#stopped && this.#o.records.get(worktreeId) === record) await this.#steps.perform(record, step);
      });
      await (leavesGitOpen(step, record) ? this.#closingGit(worktreeId, acting) : acting);
      this.#changed(worktreeId);
    }
  }

  /** While a mint hangs, or waits for its turn, git there asks us all the same, and waits with it. */
  #closingGit(worktreeId: string, minting: Promise<void>): Promise<void> {
    return withMeanwhile(minting, this.#o.actsAsPersonMs ?? actsAsPersonMs, () =>
      this.#queues.locally(async () => {
        const record = this.#o.records.get(worktreeId);
        if (this.#stopped || !record || record.binding.ending !== null || record.binding.installed) return;
        await this.#steps.perform(record, { do: 'install' });
        this.#changed(worktreeId);
      }),
    );
  }

  /** Somebody may have taken our settings out of the worktree's git while the app was not running: git there would be the person's own. */
  async #lookAtGit({ binding }: CredentialRecord): Promise<void> {
    const isThere = await this.#queues.locally(() => this.#o.git.isInstalled(binding)).catch(() => true);
    const now = this.#o.records.get(binding.worktreeId)?.binding;
    if (isThere || this.#stopped || !now?.installed || now.ending !== null) return;
    this.#o.records.update(binding.worktreeId, { installed: false });
    await this.#run(binding.worktreeId);
  }

  /** The project is a clone of another repository now: what is good for the old one ends before anything is made for the new one. */
  async #moveTo(worktree: WantedWorktree): Promise<void> {
    await this.end(worktree.worktreeId, 'disconnected');
    // It may have ended in Jean meanwhile.
    if (this.#o.records.get(worktree.worktreeId)?.binding.ending === 'disconnected') this.want(worktree);
  }

  /** Puts the worktree's socket into the state that its record asks for; a failure is recorded with its next try. */
  async #setDoor(record: CredentialRecord): Promise<void> {
    const { binding } = record;
    const reason = this.#o.refusal(record);
    try {
      if (isHeldBack(record)) await this.#o.git.bar(binding, reason);
      else if (binding.ending === null) await this.#o.git.open(binding);
      else if (binding.touched && !releasesGit[binding.ending]) await this.#o.git.bar(binding, reason);
      else await this.#o.git.close(binding, reason);
    } catch (error) {
      this.#steps.complain(record, 'install', error);
    }
  }

  #mustFind(worktreeId: string): CredentialRecord {
    const record = this.#o.records.get(worktreeId);
    if (!record)
      throw new Error('The companion has no credential for this worktree. Is a GitHub App connected, and the project at GitHub?');
    return record;
  }

  #changed(worktreeId: string): void {
    this.#o.onChange(worktreeId, this.#o.records.get(worktreeId));
  }
}
