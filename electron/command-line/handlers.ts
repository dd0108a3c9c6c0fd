import { realpath } from 'node:fs/promises';
import type { Attribution } from '../../shared/attribution.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { type AppState, bucketOf, type CredentialView, type WorktreeView } from '../../shared/model.ts';
import type { Secret } from '../base/secret.ts';
import { findWorktree } from './find-worktree.ts';
import { Problem, type WorktreeName } from './protocol.ts';
import type { CommandHandlers, CommandStreams } from './server.ts';
import { variablesOf } from './variables.ts';

/** A worktree's token, or the sentence that says why there is none. */
export type HandedOut = { readonly ok: true; readonly token: Secret } | { readonly ok: false; readonly why: string };

/** What the commands need of the app; main wires it. */
export interface CommandServices {
  state(): AppState;
  /** `https://github.com`, an Enterprise Server, the sandbox. */
  webUrl(): string;
  /** Records that the person was given it, in the words of `message`. */
  handOut(worktreeId: string, message: string): Promise<HandedOut>;
  /** The git settings that are in force in a managed worktree, in order. No secret is in them. */
  gitSettings(path: string): Promise<readonly (readonly [key: string, value: string])[]>;
  /** Resolves once the old one is dead. @throws Error with the reason. */
  rotate(worktreeId: string): Promise<void>;
  revoke(worktreeId: string): Promise<void>;
  release(worktreeId: string): Promise<void>;
  /** `left`: what is not through yet, and why. */
  releaseAll(): Promise<{
    readonly released: number;
    readonly left: readonly { readonly name: string; readonly why: string }[];
  }>;
  /** Which worktree, session and credential a commit, a pull request or a branch came from; null when it is none that is known. */
  who(query: string): Promise<Attribution | null>;
  /** The newest entries, newest first. */
  newestEntries(count: number): readonly AuditEntry[];
  /** The newest `count`, oldest first, and then each new one, until `gone` aborts. */
  followAudit(count: number, gone: AbortSignal): AsyncIterable<AuditEntry>;
  verifyAudit(): Promise<{ readonly ok: boolean; readonly count: number; readonly message: string }>;
  exportAudit(path: string): Promise<{ readonly path: string; readonly count: number }>;
}

const purposeWords = {
  env: 'jean-ravi env printed the credential for the person; what was printed can’t be rotated.',
  exec: 'jean-ravi exec gave the credential to a command that the person started.',
} as const;

/** Commands and streams together, as the server takes them. */
export const commandAnswers = (
  app: CommandServices,
): { readonly handlers: CommandHandlers; readonly streams: CommandStreams } => ({
  handlers: commandHandlers(app),
  streams: { 'audit.follow': ({ count }, gone) => app.followAudit(count, gone) },
});

/** What is done for each command of the command line. */
export function commandHandlers(app: CommandServices): CommandHandlers {
  return {
    status: () => statusOf(app.state()),
    list: () => ({
      worktrees: worktreesOf(app.state()).map(({ view, ...facts }) => ({
        ...facts,
        base: view?.base ?? false,
        credential: credentialOf(app.state().credentials[facts.id]),
        sessions: Object.values(app.state().sessions)
          .filter(({ worktreeId }) => worktreeId === facts.id)
          .map(({ id, name, status }) => ({ id, name, status })),
      })),
    }),
    environment: async ({ worktree: name, purpose }) => {
      const worktree = await find(app, name);
      mustHaveCredential(app, worktree);
      const handed = await app.handOut(worktree.id, purposeWords[purpose]);
      if (!handed.ok) throw new Problem('refused', handed.why);
      const settings = await app.gitSettings(worktree.path);
      const value = (key: string): string | null => settings.findLast(([one]) => one === key)?.[1] ?? null;
      const [author, email] = [value('user.name'), value('user.email')];
      const variables = variablesOf({
        webUrl: app.webUrl(),
        // The one adapter that writes it: to the person's own socket.
        token: handed.token.reveal(),
        identity: `${worktree.project}/${worktree.name}`,
        author: author === null || email === null ? null : { name: author, email },
      });
      return { worktree, variables, git: settings.filter(isAboutGitHub).map(([key, text]): [string, string] => [key, text]) };
    },
    rotate: async ({ worktree: name }) => {
      const worktree = await find(app, name);
      const before = mustHaveCredential(app, worktree);
      if (before.state === 'revoked') throw new Problem('refused', `${before.reason ?? 'It ended.'} There is nothing to rotate.`);
      await app.rotate(worktree.id);
      return { worktree, credential: mustHaveCredential(app, worktree) };
    },
    revoke: async ({ worktree: name }) => {
      const worktree = await find(app, name);
      mustHaveCredential(app, worktree);
      await app.revoke(worktree.id);
      const after = mustHaveCredential(app, worktree);
      if (after.state !== 'revoked')
        throw new Problem(
          'failed',
          `git in ${worktree.name} gets nothing any more, but GitHub has not confirmed yet that the credential is dead. ${after.reason ?? ''} The companion goes on trying.`,
        );
      return { worktree, credential: after };
    },
    release: async ({ worktree: name }) => {
      const worktree = await find(app, name);
      mustHaveCredential(app, worktree);
      await app.release(worktree.id);
      const after = mustHaveCredential(app, worktree);
      const why = app.state().credentials[worktree.id]?.managed
        ? `Our settings are still in the git of ${worktree.name}.`
        : after.state !== 'revoked' &&
          `git in ${worktree.name} is your own again, but GitHub has not confirmed yet that the credential is dead.`;
      if (why) throw new Problem('failed', `${why} ${after.reason ?? ''} The companion goes on trying.`);
      return { worktree, credential: after };
    },
    'release.all': async () => {
      const { released, left } = await app.releaseAll();
      return { released, left: left.map(({ name, why }) => ({ name, why })) };
    },
    who: ({ query }) => app.who(query),
    'audit.tail': ({ count }) => ({ entries: [...app.newestEntries(count)].reverse() }),
    'audit.verify': () => app.verifyAudit(),
    'audit.export': ({ path }) => app.exportAudit(path),
  };
}

/** Where git gets a credential. What else stands in a worktree, such as its hooks, is no matter of another folder's. */
const isAboutGitHub = ([key]: readonly [string, string]): boolean => /^(?:credential|http|url|jeanravi)\./i.test(key);

interface Known {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly branch: string;
  readonly path: string;
}

/** Worktrees on the board, in its order. */
function worktreesOf(state: AppState): (Known & { readonly view: WorktreeView | undefined })[] {
  return Object.values(state.worktrees)
    .map((view) => ({ ...known(state, view), view, rank: state.projects[view.projectId]?.order ?? 0 }))
    .sort((a, b) => a.rank - b.rank || a.project.localeCompare(b.project) || (a.view?.order ?? 0) - (b.view?.order ?? 0))
    .map(({ rank: _rank, ...rest }) => rest);
}

const known = (state: AppState, { id, projectId, name, branch, path }: WorktreeView): Known => ({
  id,
  project: state.projects[projectId]?.name ?? '',
  name,
  branch,
  path,
});

async function find(app: CommandServices, name: WorktreeName): Promise<Known> {
  const all = worktreesOf(app.state());
  const real = await Promise.all(
    all.map(async ({ view, ...one }) => {
      // A path on another machine may be some other folder of this one: nothing that is asked for lies in it.
      const elsewhere = isElsewhere(app.state(), view);
      return { ...one, path: elsewhere ? `elsewhere:${one.path}` : await followed(one.path) };
    }),
  );
  return findWorktree(real, name);
}

const isElsewhere = (state: AppState, view: WorktreeView | undefined): boolean =>
  state.instances[view?.instanceId ?? '']?.place === 'elsewhere';

const followed = (path: string): Promise<string> => realpath(path).catch(() => path);

function mustHaveCredential(app: CommandServices, { id, name }: Known): NonNullable<ReturnType<typeof credentialOf>> {
  const state = app.state();
  const found = credentialOf(state.credentials[id]);
  if (found !== null) return found;
  throw new Problem(
    'refused',
    isElsewhere(state, state.worktrees[id])
      ? `${name} is on another machine, where this computer’s git credentials do not reach.`
      : state.worktrees[id]?.base
        ? `${name} is the project’s own work tree, which has no credential of its own.`
        : `${name} has no credential. Is a GitHub App connected, and the project at GitHub?`,
  );
}

function credentialOf(view: CredentialView | undefined) {
  if (view === undefined) return null;
  const { state, repository, fingerprint, expiresAt, lastUsedAt, reason } = view;
  return { state, repository, fingerprint, expiresAt, lastUsedAt, reason };
}

function statusOf(state: AppState) {
  const { app } = state.app;
  const instances = Object.values(state.instances).map(({ name, health, message }) => ({ name, health, message }));
  const services = Object.values(state.services).map(({ title, health, message }) => ({ name: title, health, message }));
  return {
    version: app?.version ?? '',
    mode: app?.mode ?? ('live' as const),
    services: [...instances, ...services],
    worktrees: Object.keys(state.worktrees).length,
    credentials: counted(Object.values(state.credentials).map((one) => one.state)),
    sessions: counted(Object.values(state.sessions).map((one) => bucketOf(one.status))),
  };
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
