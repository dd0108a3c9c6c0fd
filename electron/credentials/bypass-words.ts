import type { BypassView } from '../../shared/model.ts';
import type { Bypass } from '../git/bypass.ts';

interface Surroundings {
  /** `owner/name`. */
  readonly repository: string;
  readonly path: string;
  readonly webUrl: string;
}

/** A way past the companion in words: what it is, what to do about it, and the command that does it where one does. */
export function bypassWords(bypass: Bypass, { repository, path, webUrl }: Surroundings): BypassView {
  const git = (...words: readonly string[]): string => ['git', '-C', quoted(path), ...words].join(' ');
  const https = `${webUrl.replace(/\/+$/, '')}/${repository}.git`;
  const { kind, name } = bypass;
  switch (bypass.kind) {
    case 'ssh-remote': {
      const here = bypass.repository.toLowerCase() === repository.toLowerCase();
      return here
        ? {
            kind: 'ssh-alias',
            name,
            what: `The remote “${name}” goes by SSH over the alias ${bypass.host}, with your own key.`,
            remedy:
              'Give it the HTTPS address; the companion then hands out the credential. Your own checkout shares this setting.',
            command: git('remote', 'set-url', quoted(name), quoted(https)),
          }
        : {
            kind: 'ssh-remote',
            name,
            what: `The remote “${name}” goes by SSH to ${bypass.host}, with your own key.`,
            remedy: 'If sessions are not meant to push there, remove the remote. Your own checkout shares this setting.',
            command: git('remote', 'remove', quoted(name)),
          };
    }
    case 'ssh-command':
      return {
        kind,
        name,
        what: 'core.sshCommand chooses the key for every SSH connection of git here.',
        remedy: 'Take the setting out, if sessions are not meant to have that key.',
        command: git('config', scopeWord(bypass.scope), '--unset-all', 'core.sshCommand'),
      };
    case 'password-in-url':
      return {
        kind,
        name,
        what: `A password stands in the address of the remote “${name}”: git uses it and asks nobody.`,
        remedy: 'Take it out of the address, and revoke it: it lies in clear in the git config.',
        command: git('remote', 'set-url', quoted(name), quoted(https)),
      };
    case 'user-in-url':
      return {
        kind,
        name,
        what: `The address of the remote “${name}” names the user ${bypass.user}. git itself asks the companion all the same; other programs may look for that user’s own password.`,
        remedy: 'Take the name out of the address.',
        command: git('remote', 'set-url', quoted(name), quoted(https)),
      };
    case 'extra-header':
      return {
        kind,
        name,
        what: `git sends the header in ${name} with every request, before it asks for a credential.`,
        remedy: 'Take the setting out, and revoke what stands in it.',
        command: git('config', scopeWord(bypass.scope), '--unset-all', quoted(name)),
      };
    default:
      return bypass satisfies never;
  }
}

/** A variable in Jean's own environment in words. */
export function environmentWords(name: string): BypassView {
  return {
    kind: 'jean-environment',
    name,
    what: `Jean was started with ${name} set, and every session inherits it. ${consequence(name)}`,
    remedy: 'Take it out of your shell’s start files or of what starts Jean, and start Jean again.',
    command: null,
  };
}

function consequence(name: string): string {
  if (name.startsWith('GIT_CONFIG')) return 'Settings in it overrule those of the worktree.';
  if (name.startsWith('GIT_SSH')) return 'It chooses the key for SSH remotes.';
  if (name.endsWith('ASKPASS')) return 'git in managed worktrees does not ask it, but other programs do.';
  return 'gh and other programs use it before they ask for anything else.';
}

/** The option that names the file in which a setting of that scope stands. */
const scopeWord = (scope: string): string =>
  ['system', 'global', 'local', 'worktree'].includes(scope) ? `--${scope}` : '--local';

/** For a shell: as it is where that is plain, else in single quotes. */
const quoted = (text: string): string => (/^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
