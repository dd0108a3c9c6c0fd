import type { Attribution, CredentialFate, Origin, PushView, SessionThen } from '../../shared/attribution.ts';
import type { Commit } from '../git/commits.ts';
import { type Question, questionOf } from './question.ts';
import type { PushRecords } from './records.ts';

/** A worktree that is there now, or had a credential once. */
export interface PlaceOfWork {
  readonly worktreeId: string;
  /** "shop · checkout-flake" */
  readonly subject: string;
  /** `owner/name`; null where it is not at GitHub. */
  readonly repository: string | null;
  /** Null when it is gone. */
  readonly branch: string | null;
  readonly path: string;
  readonly projectPath: string;
  /** It has, or had, a credential of its own; otherwise the developer works there. */
  readonly managed: boolean;
  /** Number of its pull request, as Jean knows it. */
  readonly pull: number | null;
}

/** A pull request as GitHub tells it. */
export interface PullFacts {
  /** Of the branch that it wants to merge: `owner/name`, or null when that repository is gone. */
  readonly headRepository: string | null;
  readonly headBranch: string;
  readonly headSha: string;
  readonly title: string;
  readonly author: string | null;
}

export interface WhoSources {
  readonly records: Pick<PushRecords, 'commitsLike' | 'ofBranch'>;
  readonly worktrees: () => readonly PlaceOfWork[];
  readonly sessionsAt: (worktreeId: string) => readonly SessionThen[];
  /** Fingerprint of a worktree's newest credential. */
  readonly credentialOf: (worktreeId: string) => string | null;
  readonly fateOf: (fingerprint: string) => CredentialFate;
  /** The host of our GitHub's pages: `github.com`. */
  readonly host: () => string;
  /** Null: GitHub knows no such pull request. @throws Error with the reason when it can't be asked. */
  readonly pull: (repository: string, number: number) => Promise<PullFacts | null>;
  readonly findCommit: (repositoryPath: string, prefix: string) => Promise<Commit | null>;
  readonly wasMadeIn: (worktreePath: string, sha: string) => Promise<boolean>;
}

const outside = 'Made outside of any managed worktree.';
/** Repositories that are asked for a pull request's bare number. */
const mostRepositories = 5;

/** Says who a commit, a pull request or a branch came from. */
export class Who {
  readonly #s: WhoSources;

  constructor(sources: WhoSources) {
    this.#s = sources;
  }

  /** Null when the text asks about nothing that is known: then it is only words. */
  async ask(text: string): Promise<Attribution | null> {
    const question = questionOf(text);
    switch (question?.about) {
      case undefined:
        return null;
      case 'commit':
        return (await this.#commit(question)) ?? this.#branch(question.prefix);
      case 'pull':
        return await this.#pull(question);
      case 'branch':
        return this.#branch(question.name);
      default:
        return question satisfies never;
    }
  }

  async #commit({ prefix, sure }: Question & { about: 'commit' }): Promise<Attribution | null> {
    const about = { about: 'commit', name: prefix.slice(0, 10), title: null, repository: null, author: null } as const;
    const [commit, another] = this.#s.records.commitsLike(prefix);
    if (commit && another)
      return { ...about, verdict: 'unknown', sentence: 'Several commits begin like that. Give more of it.', origins: [] };
    if (commit) {
      const { sha, subject: title, author, push } = commit;
      const origins = [this.#origin(push)];
      const sentence = `Pushed from ${push.subject} to ${push.branch}.`;
      return {
        ...about,
        name: sha.slice(0, 10),
        title,
        author,
        repository: push.repository,
        verdict: 'managed',
        sentence,
        origins,
      };
    }
    const local = await this.#localCommit(prefix);
    if (local) return { ...about, ...local };
    if (!sure) return null;
    return {
      ...about,
      verdict: 'unknown',
      sentence: 'No project on this computer has a commit that begins like that.',
      origins: [],
    };
  }

  /** A commit that did not go out of a managed worktree: perhaps it was made in one. */
  async #localCommit(prefix: string): Promise<Omit<Attribution, 'about'> | null> {
    const places = this.#s.worktrees();
    for (const projectPath of new Set(places.map((place) => place.projectPath))) {
      const commit = await this.#s.findCommit(projectPath, prefix);
      if (commit === null) continue;
      const here = places.filter((place) => place.projectPath === projectPath);
      const facts = {
        name: commit.sha.slice(0, 10),
        title: commit.subject,
        author: commit.author,
        repository: here[0]?.repository ?? null,
      };
      for (const place of here) {
        if (!place.managed || !(await this.#s.wasMadeIn(place.path, commit.sha))) continue;
        const sentence = `Made in ${place.subject}, and not seen going out yet.`;
        return { ...facts, verdict: 'managed', sentence, origins: [this.#unpushed(place)] };
      }
      return { ...facts, verdict: 'outside', sentence: outside, origins: [] };
    }
    return null;
  }

  #branch(name: string): Attribution | null {
    const pushes = this.#s.records.ofBranch(name, null);
    const pushed = new Set(pushes.map(({ worktreeId }) => worktreeId));
    const on = this.#s.worktrees().filter((place) => place.branch === name);
    const quiet = on.filter((place) => place.managed && !pushed.has(place.worktreeId));
    const origins = [...pushes.map((push) => this.#origin(push)), ...quiet.map((place) => this.#unpushed(place))];
    const [first] = origins;
    const repository = pushes[0]?.repository ?? on[0]?.repository ?? null;
    const about = { about: 'branch', name, title: null, repository, author: null, origins } as const;
    if (first) return { ...about, verdict: 'managed', sentence: sentenceFor(origins) };
    return on.length === 0 ? null : { ...about, verdict: 'outside', sentence: outside };
  }

  async #pull({ repository, number, host }: Question & { about: 'pull' }): Promise<Attribution | null> {
    const places = this.#s.worktrees();
    if (repository !== null) {
      const elsewhere = host !== null && host.toLowerCase() !== this.#s.host().toLowerCase();
      return elsewhere
        ? pullAnswer(repository, number, 'unknown', `${host} is not the GitHub that is connected.`)
        : this.#pullIn(repository, number);
    }
    const known = [...new Set(places.flatMap((place) => place.repository ?? []))];
    const linked = known.filter((one) => places.some((place) => place.repository === one && place.pull === number));
    const answers: Attribution[] = [];
    for (const one of (linked.length > 0 ? linked : known).slice(0, mostRepositories))
      answers.push(await this.#pullIn(one, number));
    const best = (verdict: Attribution['verdict']): Attribution | undefined =>
      answers.find((answer) => answer.verdict === verdict);
    return best('managed') ?? best('outside') ?? best('unknown') ?? null;
  }

  async #pullIn(repository: string, number: number): Promise<Attribution> {
    const same = (name: string | null): boolean => name?.toLowerCase() === repository.toLowerCase();
    const linked = this.#s.worktrees().filter((place) => place.managed && same(place.repository) && place.pull === number);
    try {
      const pull = await this.#s.pull(repository, number);
      if (pull === null) return pullAnswer(repository, number, 'unknown', 'There is no such pull request.');
      const pushes = same(pull.headRepository) ? this.#s.records.ofBranch(pull.headBranch, repository) : [];
      const byTip = this.#s.records.commitsLike(pull.headSha).map(({ push }) => push);
      const all = [...pushes, ...byTip.filter((push) => !pushes.some(({ worktreeId }) => worktreeId === push.worktreeId))];
      const seen = new Set(all.map(({ worktreeId }) => worktreeId));
      const quiet = linked.filter(({ worktreeId }) => !seen.has(worktreeId)).map((place) => this.#unpushed(place));
      const origins = [...all.map((push) => this.#origin(push)), ...quiet];
      const facts = { title: pull.title, author: pull.author, origins };
      return origins.length === 0
        ? { ...pullAnswer(repository, number, 'outside', outside), ...facts }
        : { ...pullAnswer(repository, number, 'managed', sentenceFor(origins)), ...facts };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (linked.length === 0) return pullAnswer(repository, number, 'unknown', `GitHub could not be asked. ${why}`);
      const origins = linked.map((place) => this.#unpushed(place));
      return { ...pullAnswer(repository, number, 'managed', `By what Jean knows: ${sentenceFor(origins)}`), origins };
    }
  }

  #origin(push: PushView): Origin {
    const { worktreeId, subject, sessions, fingerprint } = push;
    return { worktreeId, subject, push, sessions, credential: this.#s.fateOf(fingerprint) };
  }

  #unpushed({ worktreeId, subject }: PlaceOfWork): Origin {
    const fingerprint = this.#s.credentialOf(worktreeId);
    const credential = fingerprint === null ? null : this.#s.fateOf(fingerprint);
    return { worktreeId, subject, push: null, sessions: [...this.#s.sessionsAt(worktreeId)], credential };
  }
}

function sentenceFor(origins: readonly Origin[]): string {
  const pushed = origins.filter(({ push }) => push !== null);
  const [first, ...others] = pushed.length > 0 ? pushed : origins;
  const verb = pushed.length > 0 ? 'Pushed from' : 'Belongs to';
  const more =
    others.length === 0 ? '' : `, and from ${others.length === 1 ? 'another worktree' : `${others.length} other worktrees`}`;
  return `${verb} ${first?.subject ?? 'a managed worktree'}${more}.`;
}

const pullAnswer = (repository: string, number: number, verdict: Attribution['verdict'], sentence: string): Attribution => ({
  about: 'pull',
  name: `${repository}#${number}`,
  title: null,
  repository,
  author: null,
  verdict,
  sentence,
  origins: [],
});
