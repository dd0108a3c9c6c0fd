import { join } from 'node:path';
import type { Events } from './events.ts';
import type { Project } from './model.ts';
import type { Shell } from './shell.ts';
import type { JeanState } from './state.ts';

/** A project to add: an existing work tree, or a clone of a bare repository whose `origin` is then set to `remoteUrl`. */
export type NewProject = {
  readonly name: string;
  readonly remoteUrl?: string;
  readonly worktreesDir?: string;
} & ({ readonly repoPath: string } | { readonly cloneFrom: string });

/** Adds a project; a clone is put below `root`. @throws with what git said when it can't be cloned or read. */
export async function addProject(
  { state, events, shell }: { readonly state: JeanState; readonly events: Events; readonly shell: Shell },
  root: string,
  wanted: NewProject,
): Promise<Project> {
  const path = 'repoPath' in wanted ? wanted.repoPath : join(root, wanted.name);
  if ('cloneFrom' in wanted) await shell.git(shell.home, 'clone', '--quiet', wanted.cloneFrom, path);
  if (wanted.remoteUrl !== undefined) await shell.git(path, 'remote', 'set-url', 'origin', wanted.remoteUrl);
  const project: Project = {
    id: state.newId(),
    name: wanted.name,
    path,
    default_branch: await shell.git(path, 'symbolic-ref', '--short', 'HEAD'),
    added_at: state.seconds(),
    order: state.projects.length,
    is_folder: false,
    ...(wanted.worktreesDir !== undefined && { worktrees_dir: wanted.worktreesDir }),
  };
  state.projects.push(project);
  state.saveProjects();
  events.invalidate('projects');
  return project;
}
