import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AuditInput } from '../audit/log.ts';
import { delay } from '../base/backoff.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import type { GitAnswer, GitRequest } from '../git/credential-protocol.ts';
import { type GitSocket, listenForGit } from '../git/credential-socket.ts';
import { clearReason, writeReason } from '../git/reason-file.ts';
import { type Binding, type CredentialRecord, refusalSentence, type Token } from './credential.ts';
import { minimumLifeMs } from './plan.ts';
import { type GitEvent, UseLog } from './use-log.ts';

/** What the broker needs of the credentials' lifecycle. */
export interface CredentialSource {
  valueForGit(worktreeId: string): Promise<Held | null>;
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
  /** How long git waits while a credential is being made or renewed, ms; 9 s when left out, so that the answer is there within 10. */
  readonly patienceMs?: number;
}

/** A worktree's socket, and the file whose text git shows when the socket has nothing. */
export interface DoorPaths {
  readonly socket: string;
  readonly reason: string;
}

/** GitHub's 401 leads to a new token at most this often, ms: a token that is refused for another reason must not cause a storm. */
const rejectionPauseMs = 60_000;
const refuse: GitAnswer = { refuse: true };
/** What {@link DoorPaths} may name, and what `writeWhole` leaves when it is killed: nothing else in their folders is ours to delete. */
const ours = /^([0-9a-f]{16}\.(sock|door|txt)|\.[0-9a-f]{12}\.tmp)$/;

type Held = { readonly token: Token; readonly value: Secret };

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
  /** Reasons that are being written: a thousand who are refused at once need one file, not a thousand. */
  readonly #telling = new Map<string, { readonly sentence: string; readonly told: Promise<void> }>();
  /** Worktrees without a credential, ended or not made yet, while git there asks us. */
  readonly #barred = new Set<string>();
  readonly #rejectedAt = new Map<string, number>();
  #stopped = false;

  readonly #uses: UseLog;

  constructor(options: BrokerOptions) {
    this.#o = options;
    const write = (worktreeId: string, event: GitEvent, times: number, at: number, more: boolean): void => {
      const record = options.record(worktreeId);
      if (!record) return;
      this.#note(record, more ? { ...event, message: again(event, times) } : event, times);
      if (event.kind === 'credential.used' && event.token) options.used(worktreeId, event.token.generation, at);
    };
    this.#uses = new UseLog({ write, now: options.now });
  }

  /** Deletes what earlier runs left for worktrees that nobody knows any more: git there has no settings of ours that would ask. */
  async sweep(known: readonly string[]): Promise<void> {
    const wanted = new Set(known.flatMap((worktreeId) => Object.values(this.#o.paths(worktreeId))));
    const folders = new Set(Object.values(this.#o.paths('')).map((path) => dirname(path)));
    for (const folder of folders)
      for (const name of await readdir(folder).catch(() => []))
        if (ours.test(basename(name)) && !wanted.has(join(folder, name))) await rm(join(folder, name), { force: true });
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

  /** Closes the worktree's socket at once; git there reads `reason` from now on, unless it was never made to ask us. */
  close({ worktreeId, touched }: Binding, reason: string): Promise<void> {
    return this.#inTurn(worktreeId, async () => {
      const door = this.#doors.get(worktreeId);
      for (const kept of [this.#doors, this.#refused, this.#barred, this.#rejectedAt]) kept.delete(worktreeId);
      await door?.close();
      const paths = this.#o.paths(worktreeId);
      // What a run before us left when it was killed; our own goes with its door.
      await rm(paths.socket, { force: true });
      await (touched ? writeReason(paths.reason, reason) : clearReason(paths.reason));
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
          const told = this.#tell(worktreeId, `Jean Ravi Companion could not give git its credential. ${why}`);
          await told.catch(this.#o.onError);
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
    const held = await this.#inTime(worktreeId);
    if (!held) return this.#refuse(worktreeId, this.#o.record(worktreeId), null);
    if (held === 'late') return this.#refuse(worktreeId, record, this.#lateSentence(worktreeId));
    if (this.#refused.delete(worktreeId)) await clearReason(this.#o.paths(worktreeId).reason);
    this.#uses.happened(worktreeId, { kind: 'credential.used', token: held.token, message: 'git was given the credential.' });
    return { username: 'x-access-token', password: held.value, expiresAt: held.token.expiresAt };
  }

  /** A token that outlives what git does with it, made or renewed where there is none; `late` when that takes longer than git is to wait. */
  async #inTime(worktreeId: string): Promise<Held | null | 'late'> {
    const over = new AbortController();
    const late = delay(this.#o.patienceMs ?? 9_000, over.signal).then(() => 'late' as const);
    const found = this.#found(worktreeId);
    // What fails after its time has nobody to tell but the log.
    found.catch((error: unknown) => over.signal.aborted && this.#o.onError(error));
    try {
      return await Promise.race([found, late]);
    } finally {
      over.abort();
    }
  }

  async #found(worktreeId: string): Promise<Held | null> {
    const held = await this.#fresh(worktreeId);
    if (held) return held;
    await this.#o.source().wake(worktreeId);
    return this.#fresh(worktreeId);
  }

  async #fresh(worktreeId: string): Promise<Held | null> {
    const held = await this.#o.source().valueForGit(worktreeId);
    return held && held.token.expiresAt - this.#o.now() >= minimumLifeMs ? held : null;
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
    await this.#tell(worktreeId, sentence);
    if (record) this.#uses.happened(worktreeId, { kind: 'credential.refused', token: null, message: sentence });
    return refuse;
  }

  /** Writes down what git prints. */
  async #tell(worktreeId: string, sentence: string): Promise<void> {
    this.#refused.add(worktreeId);
    const under = this.#telling.get(worktreeId);
    if (under?.sentence === sentence) return await under.told;
    const told = writeReason(this.#o.paths(worktreeId).reason, sentence);
    this.#telling.set(worktreeId, { sentence, told });
    try {
      await told;
    } finally {
      if (this.#telling.get(worktreeId)?.told === told) this.#telling.delete(worktreeId);
    }
  }

  #lateSentence(worktreeId: string): string {
    const { subject, trouble } = this.#o.record(worktreeId)?.binding ?? {};
    return `The GitHub credential for ${subject ?? 'this worktree'} is still being made. ${trouble?.reason ?? 'Try again in a moment.'}`;
  }

  #sentence(worktreeId: string): string {
    const record = this.#o.record(worktreeId);
    return record ? refusalSentence(record) : 'The companion does not know this worktree.';
  }

  /** git's `store` and `erase` carry the password it tried: GitHub took it, or answered 401 (contract github §4.3). */
  #verdict(worktreeId: string, request: GitRequest, action: 'store' | 'erase'): void {
    const record = this.#o.record(worktreeId);
    const fingerprint = request.fingerprint ?? (request.password && fingerprintOf(request.password));
    const token = fingerprint && record?.tokens.find((t) => t.fingerprint === fingerprint);
    if (!record || !token) return;
    if (action === 'store') {
      const message = 'GitHub accepted the credential from git.';
      this.#uses.happened(worktreeId, { kind: 'credential.accepted', token, message });
      this.#o.accepted(record, token);
      return;
    }
    const message = 'GitHub refused the credential that git showed it.';
    this.#uses.happened(worktreeId, { kind: 'credential.rejected', token, message });
    const last = this.#rejectedAt.get(worktreeId) ?? 0;
    if (token.phase !== 'serving' || this.#o.now() - last < rejectionPauseMs) return;
    this.#rejectedAt.set(worktreeId, this.#o.now());
    void this.#o.source().rejected(worktreeId, token.generation).catch(this.#o.onError);
  }

  #note({ binding }: CredentialRecord, { kind, token, message }: GitEvent, times: number): void {
    const { worktreeId, subject, repository } = binding;
    this.#o.audit({
      kind,
      actor: kind === 'credential.accepted' || kind === 'credential.rejected' ? 'github' : 'git',
      outcome: outcomes[kind],
      worktreeId,
      subject,
      fingerprint: token?.fingerprint ?? null,
      message,
      facts: { repository, ...(kind === 'credential.used' || times > 1 ? { times: String(times) } : {}) },
    });
  }
}

const outcomes: Readonly<Record<GitEvent['kind'], AuditInput['outcome']>> = {
  'credential.used': 'ok',
  'credential.accepted': 'ok',
  'credential.rejected': 'failed',
  'credential.refused': 'refused',
};

/** What is said of a count after its first one. */
function again({ message }: GitEvent, times: number): string {
  return `${times === 1 ? 'Once' : `${times} times`} more within a minute: ${message}`;
}
