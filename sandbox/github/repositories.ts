import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxClock } from '../clock.ts';
import { type Account, type Accounts, accountJson } from './accounts.ts';
import { counter, nodeId, timestamp } from './format.ts';
import { git, runGit } from './git.ts';
import type { AccessLevel } from './permissions.ts';

/** A private repository; its git data is real and bare. */
export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  /** Where its bare git directory is. */
  readonly path: string;
  readonly createdAt: number;
  /** Logins other than the owner's that may read and write. */
  readonly collaborators: Set<string>;
  /** Logins in small letters of those who have not accepted yet. */
  readonly invited: Set<string>;
  pushedAt: number;
}

/** A commit made by the sandbox itself. */
export interface NewCommit {
  readonly message: string;
  /** Contents by path; they replace or join what the branch has. */
  readonly files: Readonly<Record<string, string>>;
  readonly author?: { readonly name: string; readonly email: string };
}

/** The branch that every repository starts with. */
export const DEFAULT_BRANCH = 'main';

/** Set for a push whose token may not touch workflows; the hook below then refuses such a ref. */
export const NO_WORKFLOWS = 'SANDBOX_NO_WORKFLOWS';

// Contents alone are not enough for a push that touches workflows (contract github §1.2).
const UPDATE_HOOK = `#!/bin/sh
test -n "$${NO_WORKFLOWS}" || exit 0
case "$3" in *[!0]*) ;; *) exit 0 ;; esac
file=$(git log --name-only --format= "$3" --not --all -- .github/workflows | head -n 1)
test -z "$file" && exit 0
printf 'refusing to allow a GitHub App to create or update workflow \`%s\` without \`workflows\` permission\\n' "$file" >&2
exit 1
`;

/** All repositories, as bare git directories at `<dir>/OWNER/REPO.git`. */
export class Repositories {
  readonly dir: string;
  readonly #clock: SandboxClock;
  readonly #accounts: Accounts;
  readonly #byName = new Map<string, Repository>();
  readonly #nextId = counter(870_112_551);

  constructor(dir: string, clock: SandboxClock, accounts: Accounts) {
    this.dir = dir;
    this.#clock = clock;
    this.#accounts = accounts;
  }

  /** Makes a bare repository with one commit on `main`. @throws when it is already there. */
  async create(owner: string, name: string, files: Readonly<Record<string, string>> = {}): Promise<Repository> {
    if (this.find(owner, name) !== undefined) throw new Error(`${owner}/${name} is already there`);
    const account = this.#accounts.ensure(owner);
    const path = join(this.dir, account.login, `${name}.git`);
    await mkdir(path, { recursive: true });
    await git(path, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${DEFAULT_BRANCH}`]);
    await mkdir(join(path, 'hooks'));
    await writeFile(join(path, 'hooks', 'update'), UPDATE_HOOK, { mode: 0o755 });
    const now = this.#clock.now();
    const times = { createdAt: now, pushedAt: now };
    const repository: Repository = {
      id: this.#nextId(),
      owner: account,
      name,
      path,
      collaborators: new Set(),
      invited: new Set(),
      ...times,
    };
    await this.commit(repository, DEFAULT_BRANCH, {
      message: 'Initial commit',
      files: Object.keys(files).length === 0 ? { 'README.md': `# ${name}\n` } : files,
    });
    this.#byName.set(key(owner, name), repository);
    return repository;
  }

  /** Adds a commit to a branch, which starts at `main` when it is new; returns its id. */
  async commit(repository: Repository, branch: string, commit: NewCommit): Promise<string> {
    const { name, email } = commit.author ?? { name: repository.owner.login, email: ownEmail(repository.owner) };
    const who = `${name} <${email}> ${Math.floor(this.#clock.now() / 1000)} +0000`;
    const parent =
      (await refValue(repository, `refs/heads/${branch}`)) ?? (await refValue(repository, `refs/heads/${DEFAULT_BRANCH}`));
    const files = Object.entries(commit.files).map(([path, text]) => `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`);
    const lines = [`commit refs/heads/${branch}`, `author ${who}`, `committer ${who}`, data(commit.message)];
    if (parent !== undefined) lines.push(`from ${parent}`);
    await git(repository.path, ['fast-import', '--quiet'], { input: `${[...lines, ...files].join('\n')}\n` });
    const sha = await refValue(repository, `refs/heads/${branch}`);
    if (sha === undefined) throw new Error(`The commit on ${branch} of ${fullName(repository)} is not there`);
    return sha;
  }

  /** A person accepts the invitation to a repository. @throws without one, or an account */
  accept(repository: Repository, login: string): void {
    const account = this.#accounts.find(login);
    if (account === undefined || !repository.invited.delete(login.toLowerCase()))
      throw new Error(`${login} is not invited to ${fullName(repository)}.`);
    repository.collaborators.add(account.login);
  }

  find(owner: string, name: string): Repository | undefined {
    return this.#byName.get(key(owner, name));
  }

  /** The repository of `owner/name`. @throws when there is none. */
  get(fullName: string): Repository {
    const [owner = '', name = ''] = fullName.split('/');
    const found = this.find(owner, name);
    if (found === undefined) throw new Error(`There is no repository ${fullName}`);
    return found;
  }

  all(): readonly Repository[] {
    return [...this.#byName.values()];
  }
}

/** `owner/name`. */
export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

/** The commit a ref points to; undefined when there is no such ref. */
export async function refValue(repository: Repository, ref: string): Promise<string | undefined> {
  const result = await runGit(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { cwd: repository.path });
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

/** A person's or bot's address that hides the real one: `ID+LOGIN@users.noreply.github.com` (contract github §2.1). */
export function ownEmail(account: Account): string {
  return `${account.id}+${account.login}@users.noreply.github.com`;
}

/** A repository; `level` is what the caller may do with its contents. */
export function repositoryJson(repository: Repository, origin: string, level: AccessLevel | undefined) {
  const path = fullName(repository);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: path,
    private: true,
    visibility: 'private',
    owner: accountJson(repository.owner, origin),
    html_url: `${origin}/${path}`,
    url: `${origin}/repos/${path}`,
    clone_url: `${origin}/${path}.git`,
    ssh_url: `git@github.com:${path}.git`,
    description: null,
    fork: false,
    archived: false,
    disabled: false,
    default_branch: DEFAULT_BRANCH,
    created_at: timestamp(repository.createdAt),
    updated_at: timestamp(repository.pushedAt),
    pushed_at: timestamp(repository.pushedAt),
    permissions: {
      admin: level === 'admin',
      maintain: false,
      push: level === 'admin' || level === 'write',
      triage: false,
      pull: level !== undefined,
    },
  };
}

function key(owner: string, name: string): string {
  return `${owner}/${name.replace(/\.git$/, '')}`.toLowerCase();
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
