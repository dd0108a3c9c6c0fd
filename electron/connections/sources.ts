import type { SourceView } from '../../shared/model.ts';
import { type ProjectPolicy, permissionsOf } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import { DueTimer } from '../base/due-timer.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { nextWarning, warningDue } from './expiry-warning.ts';
import { type KilledToken, killPeoplesTokens } from './kill-tokens.ts';
import type { IssuedToPerson, PersonOrder, PersonSource } from './person-order.ts';
import { SharedTokens } from './shared-tokens.ts';
import { UserSignIns } from './user-sign-ins.ts';

/** A shared token comes to its end. */
export interface Expiring {
  readonly projectId: string;
  readonly projectName: string;
  readonly login: string;
  /** base64(SHA-256(token)). */
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** Which warning it is, ms before the end. */
  readonly before: number;
}

/** A project as GitHub knows it. */
interface ProjectAtGitHub {
  readonly name: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly policy: ProjectPolicy;
}

export interface SourcesOptions {
  readonly box: SecretBox;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** The GitHub that the companion works with; addresses without a slash at the end. */
  readonly github: () => { readonly apiUrl: string; readonly webUrl: string };
  readonly clientId: () => Promise<string>;
  readonly repositoryId: (repository: string) => Promise<number>;
  /** Null where the project is none of Jean's, or not at this GitHub. */
  readonly project: (projectId: string) => ProjectAtGitHub | null;
  readonly publish: (projectId: string, view: SourceView | null) => void;
  /** The project's token is another, or gone: `fingerprint` is the only one of that source that may still be handed out. */
  readonly onReplaced: (projectId: string, source: PersonSource, fingerprint: string | null) => void;
  readonly onExpiring: (expiring: Expiring) => void;
  readonly audit: (entry: AuditInput) => void;
}

/** The two sources beside the App: a machine user's shared token, and the developer's own name for a short while. */
export class Sources {
  readonly #o: SourcesOptions;
  readonly #shared: SharedTokens;
  readonly #users: UserSignIns;
  /** One timer for the warnings of all projects. */
  readonly #due: DueTimer;

  constructor(options: SourcesOptions) {
    this.#o = options;
    const { box, fetch, now, github, clientId, repositoryId } = options;
    const onChange = (projectId: string): void => this.#changed(projectId);
    this.#shared = new SharedTokens({ box, fetch, now, github, onChange });
    this.#users = new UserSignIns({
      box,
      fetch,
      now,
      github,
      clientId,
      repositoryId,
      onChange,
      onRenewed: (projectId) => {
        this.#replaced(projectId, 'user');
        this.#note('source.renewed', projectId, 'companion', 'The sign-in was renewed; its worktrees get the new token.');
      },
      onLost: (projectId, message) => {
        this.#note('source.failed', projectId, 'github', message, 'failed');
        this.#changed(projectId);
      },
    });
    this.#due = new DueTimer(now, (projectId) => void this.#warn(projectId));
  }

  /** Takes up what earlier runs kept. */
  async start(): Promise<void> {
    await this.#shared.start();
    await this.#users.start();
    for (const projectId of new Set([...this.#shared.projects(), ...this.#users.projects()])) {
      this.#changed(projectId);
      await this.#warn(projectId);
    }
  }

  publishAll(): void {
    for (const projectId of new Set([...this.#shared.projects(), ...this.#users.projects()])) this.#changed(projectId);
  }

  stop(): void {
    this.#due.stop();
    this.#users.stop();
  }

  /** Where tokens of this kind come from, for the lifecycle. `endless` is the expiry of a token that has no end. */
  source(
    kind: PersonSource,
    endless: number,
  ): {
    readonly mint: (order: PersonOrder) => Promise<IssuedToPerson & { readonly expiresAt: number }>;
    readonly revoke: (token: Secret) => Promise<'dead' | 'released'>;
    readonly probe: (token: Secret) => Promise<'alive' | 'dead' | 'unknown'>;
  } {
    const from = kind === 'shared' ? this.#shared : this.#users;
    return {
      mint: async (order) => {
        const issued = await from.mint(order);
        return { ...issued, expiresAt: issued.expiresAt ?? endless };
      },
      revoke: (token) => from.revoke(token),
      probe: (token) => from.probe(token),
    };
  }

  /** Who commits with a project's token: the address that hides the person's real one (contract github §2.1). Null: not known. */
  author(projectId: string, kind: PersonSource): { readonly name: string; readonly email: string } | null {
    const held = kind === 'shared' ? this.#shared.get(projectId) : this.#users.get(projectId);
    if (!held?.owner) return null;
    const { id, login } = held.owner;
    return { name: login, email: `${id}+${login}@users.noreply.${new URL(held.webUrl).hostname}` };
  }

  /** Whose token a project's worktrees share, and why it does not work. */
  shared(projectId: string): { readonly login: string | null; readonly trouble: string | null } {
    return { login: this.#shared.get(projectId)?.owner.login ?? null, trouble: this.#shared.trouble(projectId) };
  }

  /** Other projects whose shared token is the very same. */
  alsoUsing(projectId: string): readonly string[] {
    const token = this.#shared.get(projectId)?.token;
    if (!token) return [];
    const same = fingerprintOf(token);
    return this.#shared.projects().filter((id) => {
      const other = id === projectId ? null : this.#shared.get(id);
      return other != null && fingerprintOf(other.token) === same;
    });
  }

  /** Takes a shared token that the person has shown to main; `from` says where it was. Answers whose it is. @throws with the reason */
  async take(projectId: string, token: Secret, from: string): Promise<string> {
    const order = this.#order(projectId);
    const { owner, expiresAt } = await this.#shared.take(order, token);
    const message = `A shared token of ${owner.login} was taken from ${from}.`;
    const facts = { repository: order.repository, expires: expiresAt === null ? 'never' : new Date(expiresAt).toISOString() };
    this.#note('source.added', projectId, 'person', message, 'ok', facts);
    this.#replaced(projectId, 'shared');
    await this.#warn(projectId);
    return owner.login;
  }

  /** Takes the shared token away from the companion; at GitHub it lives on. */
  async remove(projectId: string): Promise<void> {
    await this.#shared.remove(projectId);
    this.#note('source.removed', projectId, 'person', 'The shared token was removed here. At GitHub it lives on.');
    this.#replaced(projectId, 'shared');
  }

  /** Kills the project's token at GitHub, for everybody who uses it: the owner gets an e-mail. @throws while that is not certain */
  async revoke(projectId: string, kind: PersonSource): Promise<void> {
    if (kind === 'shared') await this.#shared.revokeAtGitHub(projectId);
    else await this.#users.signOut(projectId);
    const what = kind === 'shared' ? 'The shared token' : 'The sign-in';
    this.#note('source.revoked', projectId, 'person', `${what} was revoked at GitHub, and GitHub answers 401 to it.`);
    this.#replaced(projectId, kind);
  }

  /**
   * The kill switch for the tokens of people: every shared token and sign-in dies at GitHub, for everybody who uses it. What is not dead
   * for certain stays here, to be tried again under Projects. Never throws.
   */
  async revokeAll(): Promise<readonly KilledToken[]> {
    const all = [...this.#shared.mortal(), ...(await this.#users.mortal())];
    const killed = await killPeoplesTokens(all, { fetch: this.#o.fetch, now: this.#o.now });
    for (const { projectId, kind, login, why } of killed) {
      const what = kind === 'shared' ? `The shared token of ${login}` : `The sign-in of ${login}`;
      if (why !== null) {
        this.#note('source.failed', projectId, 'github', `${what} could not be revoked at GitHub. ${why}`, 'failed');
        continue;
      }
      await (kind === 'shared' ? this.#shared.remove(projectId) : this.#users.forget(projectId));
      this.#note('source.revoked', projectId, 'person', `${what} was revoked at GitHub, and GitHub answers 401 to it.`);
      this.#replaced(projectId, kind);
    }
    return killed.map((one) => ({ ...one, projectName: this.#o.project(one.projectId)?.name ?? one.projectName }));
  }

  /** Keeps nothing any more: sign-ins die at GitHub, shared tokens live on there. @throws while a sign-in is not known to be dead */
  async forgetAll(): Promise<void> {
    for (const projectId of this.#users.projects()) {
      this.#users.cancel(projectId);
      if (this.#users.get(projectId) !== null) await this.revoke(projectId, 'user');
    }
    for (const projectId of this.#shared.projects()) if (this.#shared.get(projectId) !== null) await this.remove(projectId);
  }

  /** Starts the sign-in; the code appears in the view. @throws with the reason */
  async signIn(projectId: string): Promise<void> {
    const order = this.#order(projectId);
    await this.#users.signIn(order, (login) => {
      this.#note('source.added', projectId, 'person', `Signed in at GitHub as ${login}.`, 'ok', { repository: order.repository });
      this.#replaced(projectId, 'user');
    });
  }

  cancelSignIn(projectId: string): void {
    this.#users.cancel(projectId);
  }

  /** GitHub's page for the code that waits. */
  loginPage(projectId: string): string | null {
    return this.#users.waiting(projectId)?.url ?? null;
  }

  /** GitHub's form for a new fine-grained token, filled in as far as it goes: the repository has no parameter (contract github §1.4). */
  formPage(projectId: string): string | null {
    const project = this.#o.project(projectId);
    if (project === null) return null;
    const { metadata: _implied, ...permissions } = permissionsOf(project.policy);
    const query = new URLSearchParams({
      name: `Jean: ${project.name}`.slice(0, 40),
      description: `For the worktrees of ${project.repository}, by Jean Ravi Companion.`.slice(0, 1024),
      target_name: project.repository.split('/')[0] ?? '',
      expires_in: '90',
      ...permissions,
    });
    return `${this.#o.github().webUrl}/settings/personal-access-tokens/new?${query}`;
  }

  #order(projectId: string): PersonOrder {
    const project = this.#o.project(projectId);
    if (project === null) throw new Error('This project has no repository at GitHub that the companion knows.');
    return { projectId, repository: project.repository, policy: project.policy };
  }

  /** Tells once of each warning that is due, and waits for the next one. */
  async #warn(projectId: string): Promise<void> {
    const held = this.#shared.get(projectId);
    const expiresAt = held?.expiresAt ?? null;
    if (!held || expiresAt === null) return this.#due.set(projectId, null);
    const before = warningDue(expiresAt, held.told, this.#o.now());
    this.#due.set(projectId, nextWarning(expiresAt, before ?? held.told, this.#o.now()));
    if (before === null) return;
    await this.#shared.markTold(projectId, before);
    const projectName = this.#o.project(projectId)?.name ?? held.repository;
    const { login } = held.owner;
    const ends = new Date(expiresAt).toISOString();
    this.#note('source.expiring', projectId, 'companion', `The shared token of ${login} ends at ${ends}.`, 'ok', { ends });
    this.#o.onExpiring({ projectId, projectName, login, fingerprint: fingerprintOf(held.token), expiresAt, before });
  }

  #replaced(projectId: string, kind: PersonSource): void {
    const token = kind === 'shared' ? this.#shared.get(projectId)?.token : this.#users.get(projectId)?.access;
    this.#o.onReplaced(projectId, kind, token ? fingerprintOf(token) : null);
    this.#changed(projectId);
  }

  #changed(projectId: string): void {
    const token = this.#shared.get(projectId);
    const signedIn = this.#users.get(projectId);
    const login = this.#users.waiting(projectId);
    const troubles = { shared: this.#shared.trouble(projectId), user: this.#users.trouble(projectId) };
    const nothing = !token && !signedIn && !login && !troubles.shared && !troubles.user;
    this.#o.publish(
      projectId,
      nothing
        ? null
        : {
            id: projectId,
            shared: token && {
              login: token.owner.login,
              expiresAt: token.expiresAt,
              takenAt: token.takenAt,
              lacks: token.lacks,
            },
            user: signedIn && {
              login: signedIn.owner?.login ?? null,
              signedInAt: signedIn.signedInAt,
              renewsUntil: signedIn.refreshExpiresAt,
            },
            login: login && { userCode: login.userCode, url: login.url, expiresAt: login.expiresAt },
            troubles,
          },
    );
  }

  #note(
    kind: AuditInput['kind'],
    projectId: string,
    actor: AuditInput['actor'],
    message: string,
    outcome: AuditInput['outcome'] = 'ok',
    facts: Record<string, string> = {},
  ): void {
    const token = this.#shared.get(projectId) ?? this.#users.get(projectId);
    const repository = facts.repository ?? token?.repository;
    this.#o.audit({
      kind,
      actor,
      outcome,
      message,
      facts: { project: projectId, ...(repository ? { repository } : {}), ...facts },
    });
  }
}
