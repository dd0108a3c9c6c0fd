import type { ProjectPolicy, SourceKind } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import type { Boundary } from './boundary.ts';
import {
  type Binding,
  type CredentialRecord,
  currentToken,
  endless,
  isHeldBack,
  nextGeneration,
  refusalSentence,
  type Token,
  type Trouble,
} from './credential.ts';
import { Entries, type EntriesOptions } from './entries.ts';
import { minimumLifeMs, type Step } from './plan.ts';
import type { CredentialRecords } from './records.ts';
import { deathWords, mintedWords, notConnected } from './source-words.ts';
import type { IssuedToken, TokenSource } from './token-source.ts';
import { TokenValues } from './token-values.ts';
import { OutOfReach, troubleOf } from './trouble.ts';
import type { SecretStore, Vaults } from './vault.ts';
import type { VaultMark } from './vault-mark.ts';

/** What is put into a worktree's git, and taken out of it. */
export interface WorktreeGit {
  /** Opens the worktree's socket; idempotent. */
  open(binding: Binding): Promise<void>;
  /** The credential ended, but git here stays ours: it is refused, and reads `reason`. */
  bar(binding: Binding, reason: string): Promise<void>;
  /** Closes the socket; git then reads `reason`. */
  close(binding: Binding, reason: string): Promise<void>;
  /** `whole` is false where the author of commits could not be had; git asks us all the same. */
  install(binding: Binding): Promise<{ readonly whole: boolean }>;
  /** Whether what was installed is in force; true also where that can't be seen, because the folder is gone. */
  isInstalled(binding: Binding): Promise<boolean>;
  uninstall(binding: Binding): Promise<void>;
}

export interface StepsOptions {
  readonly records: CredentialRecords;
  /** Null while that source is not connected. */
  readonly source: (kind: SourceKind) => TokenSource | null;
  readonly projectPolicy: (projectId: string) => ProjectPolicy;
  readonly vaults: Vaults;
  readonly mark: Pick<VaultMark, 'note'>;
  /** A few hexadecimal digits that tell two worktrees apart. */
  readonly shortHash: (text: string) => string;
  readonly box: SecretStore;
  readonly git: WorktreeGit;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
  readonly random: () => number;
  /** Told as each step passes, so that a test can end the app there. */
  readonly boundary?: ((name: Boundary) => void) | undefined;
}

/** A step that acts; resting is the lifecycle's business. */
export type ActiveStep = Exclude<Step, { do: 'wait' } | { do: 'nothing' }>;

const minuteMs = 60_000;
/** GitHub's fixed life of an installation token (contract github §1.2). */
const issuedLifeMs = 60 * minuteMs;
/** GitHub counts from when it issues, and the asking takes its time: a lookup and two tries of 15 s each. */
const askingMs = minuteMs;
/** Renewal begins 8 to 10 minutes before the end, spread so that worktrees don't all ask at once. */
const renewBeforeMs = 10 * minuteMs;
const renewJitterMs = 2 * minuteMs;
/** After a renewal, git operations that already run with the old token get this long to end. */
const renewalGraceMs = 2 * minuteMs;
const lapsed = 'Nobody used it, so it is not renewed; git’s next question wakes it.';
const valueGone = 'Its value is not on this machine any more, so it can’t be revoked.';

/** Does one step of a plan: what it intends is in the database before it is tried, what came of it after. Never throws: a failure is recorded with its next try. */
export class Steps {
  readonly values: TokenValues;
  readonly #o: StepsOptions;

  constructor(options: StepsOptions) {
    this.#o = options;
    this.values = new TokenValues(options);
  }

  /** Carries the step out. */
  async perform(record: CredentialRecord, step: ActiveStep): Promise<void> {
    const { worktreeId } = record.binding;
    const token = 'generation' in step ? record.tokens.find((t) => t.generation === step.generation) : undefined;
    try {
      switch (step.do) {
        case 'mint':
          return await this.#mint(record);
        case 'store':
          return token && (await this.#store(record, token));
        case 'install':
          return await this.#install(record);
        case 'serve':
          return token && (await this.#serve(record, token));
        case 'sleep':
          this.#o.records.update(worktreeId, { rest: 'asleep' });
          return this.#note(record, token, 'credential.lapsed', lapsed);
        case 'retire':
          this.#o.records.updateToken(worktreeId, step.generation, { phase: 'retired', revokeAfter: 0 });
          return this.#pass('retire:recorded');
        case 'revoke':
          return token && (await this.#revoke(record, token));
        case 'expire':
          return token && (await this.#bury(record, token, 'expired'));
        case 'unvault':
          return await this.#entries(record, token).unvault();
        case 'move':
          return await this.#entries(record).move(record);
        case 'clear':
          return await this.#entries(record).clear(step.place);
        case 'uninstall':
          // Where no credential can be had, the door was opened by the plan, and no end has closed it.
          if (record.binding.ending === null) await this.#o.git.close(record.binding, record.binding.trouble?.reason ?? '');
          await this.#o.git.uninstall(record.binding);
          this.#pass('uninstall:removed');
          this.#o.records.together(() => {
            this.#o.records.update(worktreeId, { installed: false, touched: false, trouble: this.#mintTrouble(worktreeId) });
            this.#note(record, token, 'credential.removed', 'The companion took its settings out of the worktree’s git.');
          });
          return this.#pass('uninstall:recorded');
        default:
          return step satisfies never;
      }
    } catch (error) {
      this.complain(record, step.do, error, token);
    }
  }

  async #install(record: CredentialRecord): Promise<void> {
    const { worktreeId } = record.binding;
    // Written before the try: settings that were put in the moment we die must be taken out some day.
    if (!record.binding.touched) this.#o.records.update(worktreeId, { touched: true });
    await this.#announced('install:intended');
    // It ended meanwhile, and its door was closed: nothing would close it again.
    if (this.#o.records.get(worktreeId)?.binding.ending !== null) return;
    const waits = isHeldBack(record);
    await (waits ? this.#o.git.bar(record.binding, refusalSentence(record)) : this.#o.git.open(record.binding));
    this.#pass('install:opened');
    const { whole } = await this.#o.git.install(record.binding);
    this.#pass('install:configured');
    this.#o.records.together(() => {
      this.#o.records.update(worktreeId, { installed: true, authored: whole, trouble: this.#mintTrouble(worktreeId) });
      const message = waits
        ? 'git in this worktree asks the companion from now on, and is refused until there is a credential.'
        : 'git in this worktree now asks the companion for its credential.';
      this.#note(record, currentToken(record), 'credential.installed', message);
    });
    this.#pass('install:recorded');
  }

  /** What a change of git's settings does not mend. */
  #mintTrouble(worktreeId: string): Trouble | null {
    const { trouble = null, ending } = this.#o.records.get(worktreeId)?.binding ?? {};
    return ending === null && trouble?.minting !== undefined ? trouble : null;
  }

  async #mint(record: CredentialRecord): Promise<void> {
    const { worktreeId, projectId, repository } = record.binding;
    const policy = this.#o.projectPolicy(projectId);
    const source = this.#mustBeConnected(policy.source);
    const generation = nextGeneration(record);
    const requestedAt = this.#o.now();
    this.#o.records.addIntent(worktreeId, generation, policy.source, requestedAt, requestedAt + issuedLifeMs + askingMs);
    await this.#announced('mint:intended');
    let issued: IssuedToken;
    try {
      issued = await source.mint({ projectId, repository, policy });
    } catch (error) {
      const maybeIssued = 'maybeIssued' in Object(error) && (error as { maybeIssued: unknown }).maybeIssued === true;
      if (maybeIssued)
        this.lose(worktreeId, generation, 'GitHub’s answer was lost. A credential may have been issued, and nobody holds it.');
      else this.#o.records.dropIntent(worktreeId, generation);
      throw error;
    }
    this.#pass('mint:issued');
    await this.#keep(worktreeId, generation, source, issued.token);
    this.#pass('mint:kept');
    this.#o.records.together(() => this.#recordMinted(record, generation, policy.source, issued));
    this.#pass('mint:recorded');
    // Without a pause one after the other would be made, and none be good for anything.
    if (issued.expiresAt - this.#o.now() < minimumLifeMs)
      throw new Error('The new credential is over already, or will be within 5 minutes. Is the clock of this computer right?');
  }

  #recordMinted(record: CredentialRecord, generation: number, source: SourceKind, issued: IssuedToken): void {
    const { worktreeId, repository } = record.binding;
    const { fingerprint, holder, permissions, expiresAt, requestId } = issued;
    const issuedAt = this.#o.now();
    const early = expiresAt - renewBeforeMs + Math.floor(this.#o.random() * renewJitterMs);
    const renewAt = expiresAt >= endless ? endless : Math.max(issuedAt + minuteMs, early);
    const minted = { fingerprint, holder, permissions, issuedAt, expiresAt, renewAt };
    this.#o.records.updateToken(worktreeId, generation, { phase: 'minted', ...minted });
    this.#note(record, issued, 'credential.minted', mintedWords(source, repository, holder), {
      repository,
      permissions: Object.entries(permissions)
        .map(([name, level]) => `${name}: ${level}`)
        .join(', '),
      expires: expiresAt >= endless ? 'never' : new Date(expiresAt).toISOString(),
      ...(requestId ? { request: requestId } : {}),
    });
    this.#o.records.update(worktreeId, { trouble: null });
  }

  /** A value that can't be kept must not live: it is revoked at once, and where that fails too it is counted as lost. */
  async #keep(worktreeId: string, generation: number, source: TokenSource, token: Secret): Promise<void> {
    try {
      await this.values.put({ worktreeId, generation }, token);
    } catch (error) {
      await source.revoke(token).then(
        () => this.#o.records.dropIntent(worktreeId, generation),
        () => this.lose(worktreeId, generation, 'The new credential could neither be kept nor revoked.'),
      );
      throw error;
    }
  }

  async #store(record: CredentialRecord, token: Token): Promise<void> {
    const { binding } = record;
    const value = await this.values.get(token);
    if (!value) return this.lose(binding.worktreeId, token.generation, valueGone);
    await this.#entries(record, token).store(token, value);
  }

  async #serve(record: CredentialRecord, token: Token): Promise<void> {
    const { binding } = record;
    const before = record.tokens.findLast((t) => t.generation < token.generation && t.holder !== null);
    // Another holder commits under another name, and that stands in the worktree's git config.
    if (!binding.authored || (before && before.holder !== token.holder)) {
      const { whole } = await this.#o.git.install(binding);
      this.#o.records.update(binding.worktreeId, { authored: whole });
    }
    // What was kept closed until now is open.
    await this.#o.git.open(binding);
    const old = record.tokens.findLast((t) => t.phase === 'serving');
    const byPerson = old !== undefined && binding.rotateGeneration === old.generation;
    this.#o.records.together(() => {
      this.#o.records.serve(binding.worktreeId, token.generation, byPerson ? 0 : this.#o.now() + renewalGraceMs);
      const rotated = 'Rotated: git gets the new credential; the old one is being revoked.';
      if (byPerson) this.#note(record, token, 'credential.rotated', rotated, {}, 'person');
      else if (old) this.#note(record, token, 'credential.renewed', 'Renewed before it expired: git gets the new credential.');
    });
    this.#pass('serve:recorded');
  }

  async #revoke(record: CredentialRecord, token: Token): Promise<void> {
    const value = await this.values.find(record, token);
    if (!value) return this.lose(record.binding.worktreeId, token.generation, valueGone);
    this.#pass('revoke:begun');
    const outcome = await this.#mustBeConnected(token.source).revoke(value);
    this.#pass('revoke:verified');
    await this.#bury(record, token, outcome === 'released' ? 'released' : 'verified');
  }

  async #bury(record: CredentialRecord, token: Token, death: NonNullable<Token['death']>): Promise<void> {
    this.#o.records.together(() => {
      const over = { phase: 'dead', death, revokeTrouble: null, storeTrouble: null } as const;
      this.#o.records.updateToken(record.binding.worktreeId, token.generation, over);
      if (death === 'verified' && token.source === 'app') this.#note(record, token, 'credential.revoked', 'Revoked at GitHub.');
      this.#note(record, token, ...deathWords({ source: token.source, death }));
    });
    await this.#announced('bury:recorded');
    await this.values.forget(token);
    this.#pass('bury:forgotten');
  }

  #mustBeConnected(kind: SourceKind): TokenSource {
    const source = this.#o.source(kind);
    if (!source) throw new OutOfReach(notConnected[kind]);
    return source;
  }

  #entries(record: CredentialRecord, token?: Token): Entries {
    const { records, vaults, mark, shortHash } = this.#o;
    const pass = (name: Boundary): void => this.#pass(name);
    const announced = (name: Boundary): Promise<void> => this.#announced(name);
    const note: EntriesOptions['note'] = (kind, message) => this.#note(record, token ?? currentToken(record), kind, message);
    return new Entries(
      { records, vaults, mark, shortHash, values: this.values, pass, announced, note },
      record.binding.worktreeId,
    );
  }

  /** A previous run ended between asking GitHub and writing down the answer. */
  async recover(record: CredentialRecord, token: Token): Promise<void> {
    const { worktreeId, generation } = token;
    if (!(await this.values.get(token))) {
      // A person's token was there before, and nothing was made for this worktree.
      if (token.source !== 'app') return this.#o.records.dropIntent(worktreeId, generation);
      const why = 'The app ended while a credential was being asked for. It may have been issued, and nobody holds it.';
      return this.lose(worktreeId, generation, why, 'app.recovered');
    }
    this.#o.records.updateToken(worktreeId, generation, { phase: 'retired', revokeAfter: 0 });
    const message = 'The app ended while this credential was being made; it is revoked, and a new one made.';
    this.#note(record, token, 'app.recovered', message);
  }

  /** Without its value a token can’t be revoked: it is left to its end, and the log says when that is. A person's token is no loss. */
  lose(
    worktreeId: string,
    generation: number,
    why: string,
    kind: 'credential.failed' | 'app.recovered' = 'credential.failed',
  ): void {
    const record = this.#o.records.get(worktreeId);
    const token = record?.tokens.find((t) => t.generation === generation);
    if (!record || !token) return;
    if (token.source !== 'app') {
      this.#o.records.updateToken(worktreeId, generation, { phase: 'dead', death: 'released' });
      return this.#note(record, token, ...deathWords({ source: token.source, death: 'released' }));
    }
    this.#o.records.updateToken(worktreeId, generation, { phase: 'lost', revokeAfter: 0 });
    const ends = new Date(token.expiresAt).toISOString();
    const outcome = kind === 'app.recovered' ? 'ok' : 'failed';
    this.#note(record, token, kind, `${why} It ends by ${ends} at the latest.`, { 'ends by': ends }, 'companion', outcome);
  }

  /** Records that a step failed and when it is tried again; the first failure and each tenth one are audited. */
  complain(record: CredentialRecord, step: Step['do'], error: unknown, token?: Token): void {
    const { worktreeId } = record.binding;
    const moving = step === 'move' || step === 'clear';
    const known = moving ? record.binding.moveTrouble : record.binding.trouble;
    const previous = step === 'store' ? token?.storeTrouble : step === 'revoke' ? token?.revokeTrouble : known;
    const trouble = troubleOf(error, step, previous ?? null, this.#o.now(), this.#o.random);
    const { attempts } = trouble;
    if (step === 'store' && token) this.#o.records.updateToken(worktreeId, token.generation, { storeTrouble: trouble });
    else if (step === 'revoke' && token) this.#o.records.updateToken(worktreeId, token.generation, { revokeTrouble: trouble });
    else this.#o.records.update(worktreeId, moving ? { moveTrouble: trouble } : { trouble });
    if (attempts === 1 || attempts % 10 === 0)
      this.#note(record, token, 'credential.failed', trouble.reason, { step, attempts: String(attempts) }, 'companion', 'failed');
  }

  /** What was written is on the disk before what follows from it is done, also when the power goes. */
  async #announced(name: Boundary): Promise<void> {
    this.#pass(name);
    await this.#o.records.durable();
  }

  #pass(name: Boundary): void {
    this.#o.boundary?.(name);
  }

  #note(
    record: CredentialRecord,
    token: Pick<Token, 'fingerprint'> | undefined,
    kind: AuditInput['kind'],
    message: string,
    facts: Record<string, string> = {},
    actor: AuditInput['actor'] = 'companion',
    outcome: AuditInput['outcome'] = 'ok',
  ): void {
    const { worktreeId, subject } = record.binding;
    this.#o.audit({ kind, actor, outcome, worktreeId, subject, fingerprint: token?.fingerprint ?? null, message, facts });
  }
}
