import { rm } from 'node:fs/promises';
import type { AuditInput } from '../audit/log.ts';
import { delay } from '../base/backoff.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import type { GitAnswer, GitRequest } from '../git/credential-protocol.ts';
import { type GitSocket, listenForGit } from '../git/credential-socket.ts';
import { clearReason, writeReason } from '../git/reason-file.ts';
import { type Binding, type CredentialRecord, refusalSentence, type Token } from './credential.ts';
import { minimumLifeMs } from './plan.ts';
import { UseLog } from './use-log.ts';

/** What the broker needs of the credentials' lifecycle. */
export interface CredentialSource {
  valueForGit(worktreeId: string): Promise<{ readonly token: Token; readonly value: Secret } | null>;
  wake(worktreeId: string): Promise<void>;
  rejected(worktreeId: string, generation: number): Promise<void>;
}

export interface BrokerOptions {
  readonly source: () => CredentialSource;
  readonly record: (worktreeId: string) => CredentialRecord | null;
  /** Writes down that a token was used (`lastUsedAt`). */
  readonly used: (worktreeId: string, generation: number, at: number) => void;
  /** The repositories (`owner/name`) that git in this worktree may ask for. */
  readonly repositories: (binding: Binding) => readonly string[];
  /** GitHub accepted a token that git showed it: something was fetched, or is about to be pushed. */
  readonly accepted: (record: CredentialRecord, token: Token) => void;
  /** Where git pushes to: `https://github.com`, an Enterprise Server, the sandbox. */
  readonly webUrl: () => string;
  readonly paths: (worktreeId: string) => DoorPaths;
  readonly audit: (entry: AuditInput) => void;
  /** A failure that git can't be told. */
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** A worktree's socket, and the file whose text git shows when the socket has nothing. */
export interface DoorPaths {
  readonly socket: string;
  readonly reason: string;
}

/** How long git waits while a credential is being made or renewed, ms. */
const patienceMs = 20_000;
/** GitHub's 401 leads to a new token at most this often, ms: a token that is refused for another reason must not cause a storm. */
const rejectionPauseMs = 60_000;
const refuse: GitAnswer = { refuse: true };

/**
 * Answers git, one socket a worktree: the socket itself says which worktree asks. Host, protocol and repository must be
 * the worktree's own; anything else gets nothing, and git fails with the sentence that says why.
 */
export class Broker {
  readonly #o: BrokerOptions;
  readonly #doors = new Map<string, GitSocket>();
  readonly #turns = new Map<string, Promise<void>>();
  /** Worktrees whose reason file says why the last answer was no: it is wrong as soon as an answer is given. */
  readonly #refused = new Set<string>();
  /** Worktrees without a credential, ended or not made yet, while git there asks us. */
  readonly #barred = new Set<string>();
  readonly #rejectedAt = new Map<string, number>();
  #stopped = false;

  readonly #uses: UseLog;

  constructor(options: BrokerOptions) {
    this.#o = options;
    const write = (worktreeId: string, token: Token, times: number, at: number): void => {
      const record = options.record(worktreeId);
      if (!record) return;
      const message = times === 1 ? 'git was given the credential.' : `git was given the credential ${times} times more.`;
      this.#note(record, 'credential.used', token, 'ok', message, { times: String(times) });
      options.used(worktreeId, token.generation, at);
    };
    this.#uses = new UseLog({ write, now: options.now });
  }

  /** Opens the worktree's socket; idempotent. */
  open(binding: Binding): Promise<void> {
    return this.#inTurn(binding.worktreeId, () => this.#open(binding.worktreeId));
  }

  /** Worktrees whose socket was deleted or replaced behind our back. */
  async broken(): Promise<readonly string[]> {
    const doors = await Promise.all(
      [...this.#doors].map(async ([worktreeId, door]) => ((await door.intact()) ? [] : [worktreeId])),
    );
    return doors.flat();
  }

  /** Opens a broken socket anew, in the state that it was in. */
  reopen(binding: Binding): Promise<void> {
    const { worktreeId } = binding;
    return this.#inTurn(worktreeId, async () => {
      const barred = this.#barred.has(worktreeId);
      const door = this.#doors.get(worktreeId);
      this.#doors.delete(worktreeId);
      await door?.close();
      await (barred ? this.#bar(worktreeId, this.#sentence(worktreeId)) : this.#open(worktreeId));
    });
  }

  /** Keeps the socket open to say no, so that each try is on record; git there reads `reason`, after an end also while the app is not running. */
  bar(binding: Binding, reason: string): Promise<void> {
    return this.#inTurn(binding.worktreeId, () => this.#bar(binding.worktreeId, reason));
  }

  /** Closes the worktree's socket at once; git there reads `reason` from now on. */
  close({ worktreeId }: Binding, reason: string): Promise<void> {
    return this.#inTurn(worktreeId, async () => {
      const door = this.#doors.get(worktreeId);
      for (const kept of [this.#doors, this.#refused, this.#barred, this.#rejectedAt]) kept.delete(worktreeId);
      await door?.close();
      const paths = this.#o.paths(worktreeId);
      // What a run before us left when it was killed; our own goes with its door.
      await rm(paths.socket, { force: true });
      await writeReason(paths.reason, reason);
    });
  }

  /** Closes every socket; what git reads then is that the companion is not running, or why its credential ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#turns.values());
    const doors = [...this.#doors];
    this.#doors.clear();
    this.#uses.stop();
    const close = async ([worktreeId, door]: (typeof doors)[number]): Promise<void> => {
      await door.close();
      const ended = (this.#o.record(worktreeId)?.binding.ending ?? null) !== null;
      if (!this.#barred.has(worktreeId) || !ended) await clearReason(this.#o.paths(worktreeId).reason);
    };
    await Promise.allSettled(doors.map(close));
  }

  /** The answer to one question of git. */
  async answer(worktreeId: string, request: GitRequest): Promise<GitAnswer> {
    switch (request.action) {
      case 'get':
        return this.#get(worktreeId, request).catch(async (error: unknown) => {
          // A locked key store, a database that can't be written: git is told, instead of that the companion is not running.
          this.#o.onError(error);
          const why = error instanceof Error ? error.message : String(error);
          await writeReason(this.#o.paths(worktreeId).reason, `Jean Ravi Companion could not give git its credential. ${why}`);
          this.#refused.add(worktreeId);
          return refuse;
        });
      case 'store':
      case 'erase':
        this.#verdict(worktreeId, request, request.action);
        return refuse;
      default:
        return refuse;
    }
  }

  /** Archived and restored in one second: what closes must not take away what opens. */
  async #inTurn(worktreeId: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(worktreeId) ?? Promise.resolve()).then(act, act);
    this.#turns.set(worktreeId, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(worktreeId) === turn) this.#turns.delete(worktreeId);
    }
  }

  async #open(worktreeId: string): Promise<void> {
    if (this.#stopped) throw new Error('The companion is stopping.');
    const { socket, reason } = this.#o.paths(worktreeId);
    const barred = this.#barred.delete(worktreeId);
    if (barred || !this.#doors.has(worktreeId)) await clearReason(reason);
    if (this.#doors.has(worktreeId)) return;
    const answer = (request: GitRequest): Promise<GitAnswer> => this.answer(worktreeId, request);
    this.#doors.set(worktreeId, await listenForGit({ path: socket, answer, onError: this.#o.onError }));
  }

  async #bar(worktreeId: string, reason: string): Promise<void> {
    await this.#open(worktreeId);
    this.#barred.add(worktreeId);
    await writeReason(this.#o.paths(worktreeId).reason, reason);
  }

  async #get(worktreeId: string, request: GitRequest): Promise<GitAnswer> {
    const record = this.#o.record(worktreeId);
    if (!record) return this.#refuse(worktreeId, null, 'The companion does not know this worktree.');
    const mismatch = this.#mismatch(record.binding, request);
    if (mismatch) return this.#refuse(worktreeId, record, mismatch);
    if (record.binding.ending !== null) return this.#refuse(worktreeId, record, null);
    const held = (await this.#fresh(worktreeId)) ?? (await this.#afterSettling(worktreeId));
    if (!held) return this.#refuse(worktreeId, this.#o.record(worktreeId), null);
    if (this.#refused.delete(worktreeId)) await clearReason(this.#o.paths(worktreeId).reason);
    this.#uses.used(worktreeId, held.token);
    return { username: 'x-access-token', password: held.value, expiresAt: held.token.expiresAt };
  }

  async #fresh(worktreeId: string): Promise<{ readonly token: Token; readonly value: Secret } | null> {
    const held = await this.#o.source().valueForGit(worktreeId);
    return held && held.token.expiresAt - this.#o.now() > minimumLifeMs ? held : null;
  }

  async #afterSettling(worktreeId: string): Promise<{ readonly token: Token; readonly value: Secret } | null> {
    await Promise.race([this.#o.source().wake(worktreeId), delay(patienceMs)]);
    return this.#fresh(worktreeId);
  }

  /** Exact comparison only: an unanchored match has leaked tokens to look-alike hosts (contract github §4.3). */
  #mismatch(binding: Binding, request: GitRequest): string | null {
    const web = new URL(this.#o.webUrl());
    if (`${request.protocol}:` !== web.protocol || request.host !== web.host)
      return `git asked for ${request.protocol}://${request.host}, but this worktree’s credential is for ${web.host} alone.`;
    const asked = request.path.replace(/\/$/, '').replace(/\.git$/, '');
    const allowed = this.#o.repositories(binding);
    if (!allowed.some((repository) => repository.toLowerCase() === asked.toLowerCase()))
      return `git asked for ${asked || 'no repository'}, but this worktree’s credential is for ${allowed.join(', ')} alone.`;
    return null;
  }

  async #refuse(worktreeId: string, record: CredentialRecord | null, why: string | null): Promise<GitAnswer> {
    const sentence = why ?? this.#sentence(worktreeId);
    this.#refused.add(worktreeId);
    await writeReason(this.#o.paths(worktreeId).reason, sentence);
    if (record) this.#note(record, 'credential.refused', null, 'refused', sentence);
    return refuse;
  }

  #sentence(worktreeId: string): string {
    const record = this.#o.record(worktreeId);
    return record ? refusalSentence(record) : 'The companion does not know this worktree.';
  }

  /** git's `store` and `erase` carry the password it tried: GitHub took it, or answered 401 (contract github §4.3). */
  #verdict(worktreeId: string, request: GitRequest, action: 'store' | 'erase'): void {
    const record = this.#o.record(worktreeId);
    if (!record || !request.password) return;
    const fingerprint = fingerprintOf(request.password);
    const token = record.tokens.find((t) => t.fingerprint === fingerprint);
    if (!token) return;
    if (action === 'store') {
      this.#note(record, 'credential.accepted', token, 'ok', 'GitHub accepted the credential from git.');
      this.#o.accepted(record, token);
      return;
    }
    this.#note(record, 'credential.rejected', token, 'failed', 'GitHub refused the credential that git showed it.');
    const last = this.#rejectedAt.get(worktreeId) ?? 0;
    if (token.phase !== 'serving' || this.#o.now() - last < rejectionPauseMs) return;
    this.#rejectedAt.set(worktreeId, this.#o.now());
    void this.#o.source().rejected(worktreeId, token.generation).catch(this.#o.onError);
  }

  #note(
    record: CredentialRecord,
    kind: AuditInput['kind'],
    token: Token | null,
    outcome: AuditInput['outcome'],
    message: string,
    facts: Readonly<Record<string, string>> = {},
  ): void {
    const { worktreeId, subject, repository } = record.binding;
    const actor = kind === 'credential.accepted' || kind === 'credential.rejected' ? 'github' : 'git';
    this.#o.audit({
      kind,
      actor,
      outcome,
      worktreeId,
      subject,
      fingerprint: token?.fingerprint ?? null,
      message,
      facts: { repository, ...facts },
    });
  }
}
