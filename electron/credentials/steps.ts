import { createHash } from 'node:crypto';
import type { AuditInput } from '../audit/log.ts';
import { backoffMs } from '../base/backoff.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import { type Binding, type CredentialRecord, nextGeneration, type Token, type Trouble } from './credential.ts';
import { minimumLifeMs, type Step } from './plan.ts';
import type { CredentialRecords } from './records.ts';
import type { SecretStore, Vault, Vaults } from './vault.ts';

/** A token as GitHub issued it. Times are epoch ms. */
export interface IssuedToken {
  readonly token: Secret;
  /** base64(SHA-256(token)). */
  readonly fingerprint: string;
  /** `slug[bot]`: who GitHub says acts. */
  readonly holder: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly expiresAt: number;
  readonly requestId: string | null;
}

/** Mints and revokes at GitHub. Errors carry a sentence and, where GitHub said so, `retryAfterMs`. */
export interface TokenIssuer {
  mint(repository: string): Promise<IssuedToken>;
  /** Resolves once the token is verified dead. */
  revoke(token: Secret): Promise<void>;
}

/** What is put into a worktree's git, and taken out of it. */
export interface WorktreeGit {
  /** Opens the worktree's socket; idempotent. */
  open(binding: Binding): Promise<void>;
  /** The credential ended, but git here stays ours: it is refused, and reads `reason`. */
  bar(binding: Binding, reason: string): Promise<void>;
  /** Closes the socket; git then reads `reason`. */
  close(binding: Binding, reason: string): Promise<void>;
  install(binding: Binding): Promise<void>;
  /** Whether what was installed is in force; true also where that can't be seen, because the folder is gone. */
  isInstalled(binding: Binding): Promise<boolean>;
  uninstall(binding: Binding): Promise<void>;
}

export interface StepsOptions {
  readonly records: CredentialRecords;
  /** Null while no GitHub App is connected. */
  readonly issuer: () => TokenIssuer | null;
  readonly vaults: Vaults;
  readonly box: SecretStore;
  readonly git: WorktreeGit;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** A step that acts; resting is the lifecycle's business. */
export type ActiveStep = Exclude<Step, { do: 'wait' } | { do: 'nothing' }>;

const minuteMs = 60_000;
/** GitHub's fixed life of an installation token (contract github §1.2). */
const issuedLifeMs = 60 * minuteMs;
/** Renewal begins 8 to 10 minutes before the end, spread so that worktrees don't all ask at once. */
const renewBeforeMs = 10 * minuteMs;
const renewJitterMs = 2 * minuteMs;
/** After a renewal, git operations that already run with the old token get this long to end. */
const renewalGraceMs = 2 * minuteMs;
/** A longer `Retry-After` is not believed: GitHub's limits reset each hour. */
const longestPauseMs = 60 * minuteMs;
const boxPrefix = 'token:';
/** Ids are Jean's; one that the box would not take as a name is told by its hash. */
const boxName = ({ worktreeId, generation }: Pick<Token, 'worktreeId' | 'generation'>): string => {
  const plain = /^[A-Za-z0-9._-]{1,100}$/.test(worktreeId);
  return `${boxPrefix}${plain ? worktreeId : `sha256:${createHash('sha256').update(worktreeId).digest('hex')}`}:${generation}`;
};
const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Does one step of a plan: what it intends is in the database before it is tried, what came of it after. Never throws: a failure is recorded with its next try. */
export class Steps {
  readonly #o: StepsOptions;

  constructor(options: StepsOptions) {
    this.#o = options;
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
          await this.#o.git.open(record.binding);
          await this.#o.git.install(record.binding);
          this.#o.records.update(worktreeId, { installed: true, trouble: null });
          return this.#note(
            record,
            token,
            'credential.installed',
            'git in this worktree now asks the companion for its credential.',
          );
        case 'serve':
          return token && this.#serve(record, token);
        case 'retire':
          return this.#o.records.updateToken(worktreeId, step.generation, { phase: 'retired', revokeAfter: 0 });
        case 'revoke':
          return token && (await this.#revoke(record, token));
        case 'expire':
          return token && (await this.#bury(record, token, 'expired'));
        case 'unvault':
          await this.#vaultOf(record.binding).remove(record.binding.vaultKey);
          this.#o.records.update(worktreeId, { vaulted: false, trouble: null });
          return this.#note(record, token, 'credential.removed', `${record.binding.vaultKey} was deleted from the vault.`);
        case 'uninstall':
          await this.#o.git.uninstall(record.binding);
          this.#o.records.update(worktreeId, { installed: false, trouble: null });
          return this.#note(record, token, 'credential.removed', 'The companion took its settings out of the worktree’s git.');
        default:
          return step satisfies never;
      }
    } catch (error) {
      this.complain(record, step.do, error, token);
    }
  }

  async #mint(record: CredentialRecord): Promise<void> {
    const issuer = this.#o.issuer();
    if (!issuer) throw new Error('No GitHub App is connected. Connect one in Set-up.');
    const { worktreeId, repository } = record.binding;
    const generation = nextGeneration(record);
    const requestedAt = this.#o.now();
    this.#o.records.addIntent(worktreeId, generation, requestedAt, requestedAt + issuedLifeMs);
    let issued: IssuedToken;
    try {
      issued = await issuer.mint(repository);
    } catch (error) {
      const maybeIssued = 'maybeIssued' in Object(error) && (error as { maybeIssued: unknown }).maybeIssued === true;
      if (maybeIssued) this.#o.records.updateToken(worktreeId, generation, { phase: 'lost' });
      else this.#o.records.dropIntent(worktreeId, generation);
      throw error;
    }
    await this.#keep(worktreeId, generation, issuer, issued.token);
    const issuedAt = this.#o.now();
    const renewAt = Math.max(
      issuedAt + minuteMs,
      issued.expiresAt - renewBeforeMs + Math.floor(this.#o.random() * renewJitterMs),
    );
    this.#o.records.updateToken(worktreeId, generation, {
      phase: 'minted',
      fingerprint: issued.fingerprint,
      holder: issued.holder,
      permissions: issued.permissions,
      issuedAt,
      expiresAt: issued.expiresAt,
      renewAt,
    });
    this.#note(
      record,
      { fingerprint: issued.fingerprint },
      'credential.minted',
      `GitHub issued a credential for ${repository} to ${issued.holder}.`,
      {
        repository,
        permissions: Object.entries(issued.permissions)
          .map(([name, level]) => `${name}: ${level}`)
          .join(', '),
        expires: new Date(issued.expiresAt).toISOString(),
        ...(issued.requestId ? { request: issued.requestId } : {}),
      },
    );
    // Without a pause one after the other would be made, and none be good for anything.
    if (issued.expiresAt - issuedAt < minimumLifeMs)
      throw new Error('GitHub issued a credential that is already over. Is the clock of this computer right?');
    this.#o.records.update(worktreeId, { trouble: null });
  }

  /** A value that can't be kept must not live: it is revoked at once, and where that fails too it is counted as lost. */
  async #keep(worktreeId: string, generation: number, issuer: TokenIssuer, token: Secret): Promise<void> {
    try {
      await this.#o.box.put(boxName({ worktreeId, generation }), token);
    } catch (error) {
      await issuer.revoke(token).then(
        () => this.#o.records.dropIntent(worktreeId, generation),
        () => this.#o.records.updateToken(worktreeId, generation, { phase: 'lost' }),
      );
      throw error;
    }
  }

  async #store(record: CredentialRecord, token: Token): Promise<void> {
    const { binding } = record;
    const value = await this.#o.box.get(boxName(token));
    if (!value) return this.#o.records.updateToken(binding.worktreeId, token.generation, { phase: 'lost' });
    const vault = this.#o.vaults.current();
    const moved = binding.vault !== vault.kind || binding.vaultIdentity !== vault.identity;
    if (binding.vaulted && moved) {
      await this.#vaultOf(binding).remove(binding.vaultKey);
      this.#o.records.unstore(binding.worktreeId);
    }
    // Written before the try: an entry that was put in the moment we die must be taken out some day.
    this.#o.records.update(binding.worktreeId, { vault: vault.kind, vaultIdentity: vault.identity, vaulted: true });
    await vault.put(binding.vaultKey, value, `Jean Ravi Companion · ${binding.repository} · worktree ${binding.worktreeId}`);
    this.#o.records.markStored(binding.worktreeId, token.generation);
    this.#note(record, token, 'credential.stored', `Kept as ${binding.vaultKey} in ${vault.label}.`);
  }

  #serve(record: CredentialRecord, token: Token): void {
    const { binding } = record;
    const old = record.tokens.findLast((t) => t.phase === 'serving');
    const byPerson = old !== undefined && binding.rotateGeneration === old.generation;
    this.#o.records.serve(binding.worktreeId, token.generation, byPerson ? 0 : this.#o.now() + renewalGraceMs);
    if (!old) return;
    if (byPerson)
      this.#note(
        record,
        token,
        'credential.rotated',
        'Rotated: git gets the new credential; the old one is being revoked.',
        {},
        'person',
      );
    else this.#note(record, token, 'credential.renewed', 'Renewed before it expired: git gets the new credential.');
  }

  async #revoke(record: CredentialRecord, token: Token): Promise<void> {
    const value = await this.valueOf(record, token);
    if (!value) return this.#o.records.updateToken(record.binding.worktreeId, token.generation, { phase: 'lost' });
    const issuer = this.#o.issuer();
    if (!issuer) throw new Error('No GitHub App is connected, so the credential can’t be revoked; it ends by itself.');
    await issuer.revoke(value);
    this.#note(record, token, 'credential.revoked', 'Revoked at GitHub.');
    await this.#bury(record, token, 'verified');
  }

  async #bury(record: CredentialRecord, token: Token, death: 'verified' | 'expired'): Promise<void> {
    this.#o.records.updateToken(record.binding.worktreeId, token.generation, {
      phase: 'dead',
      death,
      revokeTrouble: null,
      storeTrouble: null,
    });
    if (death === 'verified') this.#note(record, token, 'credential.verified-dead', 'Verified: GitHub answers 401 to it.');
    else this.#note(record, token, 'credential.expired', 'It has expired at GitHub.');
    await this.#o.box.delete(boxName(token));
  }

  #vaultOf(binding: Binding): Vault {
    const vault = this.#o.vaults.find(binding.vault, binding.vaultIdentity);
    if (!vault)
      throw new Error(
        `${binding.vaultKey} is in a vault that is not connected. Sign in to Ravi again, so that it can be deleted.`,
      );
    return vault;
  }

  /** The value from the box; without a lasting box, from the vault when that still holds this very token. */
  async valueOf(record: CredentialRecord, token: Token): Promise<Secret | null> {
    const boxed = await this.#o.box.get(boxName(token));
    if (boxed) return boxed;
    const { binding } = record;
    const newest = record.tokens.findLast((t) => t.stored);
    if (!binding.vaulted || newest?.generation !== token.generation) return null;
    const vaulted = (await this.#o.vaults.find(binding.vault, binding.vaultIdentity)?.get(binding.vaultKey)) ?? null;
    // Somebody may have written another value there; it is not ours to serve, and its death would not be this token's.
    return vaulted && fingerprintOf(vaulted) === token.fingerprint ? vaulted : null;
  }

  /** Deletes the values of tokens that are dead: a previous run may have ended between burying one and forgetting its value. */
  async sweep(): Promise<void> {
    const wanted = new Set(this.#o.records.all().flatMap((r) => r.tokens.filter((t) => t.phase !== 'dead').map(boxName)));
    for (const name of await this.#o.box.names())
      if (name.startsWith(boxPrefix) && !wanted.has(name)) await this.#o.box.delete(name);
  }

  /** A previous run ended between asking GitHub and writing down the answer. */
  async recover(record: CredentialRecord, token: Token): Promise<void> {
    const value = await this.#o.box.get(boxName(token));
    this.#o.records.updateToken(token.worktreeId, token.generation, { phase: value ? 'retired' : 'lost', revokeAfter: 0 });
    this.#note(
      record,
      token,
      'app.recovered',
      value
        ? 'The app ended while this credential was being made; it is revoked, and a new one made.'
        : 'The app ended while a credential was being asked for. If GitHub issued it, it ends by itself within the hour.',
    );
  }

  /** Records that a step failed and when it is tried again; the first failure and each tenth one are audited. */
  complain(record: CredentialRecord, step: Step['do'], error: unknown, token?: Token): void {
    const { worktreeId } = record.binding;
    const previous = step === 'store' ? token?.storeTrouble : step === 'revoke' ? token?.revokeTrouble : record.binding.trouble;
    const attempts = (previous?.attempts ?? 0) + 1;
    const asked = Math.min(longestPauseMs, Number((error as { retryAfterMs?: unknown } | null)?.retryAfterMs ?? 0));
    const pause = Math.max(asked, backoffMs(attempts, this.#o.random, 2_000, 5 * minuteMs));
    const trouble: Trouble = { reason: sentenceOf(error), retryAt: this.#o.now() + pause, attempts };
    if (step === 'store' && token) this.#o.records.updateToken(worktreeId, token.generation, { storeTrouble: trouble });
    else if (step === 'revoke' && token) this.#o.records.updateToken(worktreeId, token.generation, { revokeTrouble: trouble });
    else this.#o.records.update(worktreeId, { trouble });
    if (attempts === 1 || attempts % 10 === 0)
      this.#note(record, token, 'credential.failed', trouble.reason, { step, attempts: String(attempts) }, 'companion', 'failed');
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
