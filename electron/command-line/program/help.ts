import type { Topic } from './arguments.ts';

/** How the program ends. */
export const exitCodes = { ok: 0, failed: 1, misused: 2, notRunning: 3, notKnown: 4, refused: 5 } as const;

const whole = `jean-ravi: the command line of Jean Ravi Companion

  jean-ravi status                         what is connected, and how many credentials there are
  jean-ravi list                           every worktree with its credential and sessions
  jean-ravi exec <worktree> -- <command>…  runs a command that acts as the worktree, towards git and gh
  jean-ravi env <worktree>                 prints the same as exports for a shell
  jean-ravi rotate <worktree>              replaces the credential; the old one is dead when this returns
  jean-ravi revoke <worktree>              kills the credential; git there fails until a new one is made
  jean-ravi release <worktree>|--all       gives git there back to you as it was, and kills the credential
  jean-ravi who <commit>|<pull>|<branch>   which worktree, session and credential it came from
  jean-ravi audit tail [-n <number>] [-f]  the newest entries of the audit log; -f goes on with each new one
  jean-ravi audit verify                   checks that nobody changed the log
  jean-ravi audit export <file>            writes the whole log, one JSON object a line
  jean-ravi completion bash|zsh|fish       prints a completion script

<worktree> is its name, branch, project/name, path or id, or . for the one that this folder is in.
--json prints JSON, and a failure as {"error":{"code","message"}}. jean-ravi help <command> says more.

Exit status: 0 done, 1 failed, 2 not understood, 3 the companion is not running,
4 no such worktree, or several, or nothing that who knows,
5 refused: there is no credential to give.
exec ends with the status of its command.
`;

const texts: Readonly<Record<Topic, string>> = {
  status:
    'jean-ravi status [--json]\n\nShows Jean, GitHub, Ravi and the vault, and counts worktrees, credentials and sessions.\n',
  list: 'jean-ravi list [--json] [--names]\n\nLists every worktree with its credential and sessions. --names prints names alone.\n',
  env: `jean-ravi env <worktree> [--json]

Prints exports for a shell, in which git and gh act as the worktree: eval "$(jean-ravi env .)"
What is in an environment can't be rotated: it ends with the credential, an hour at most. exec is better.
`,
  exec: `jean-ravi exec <worktree> -- <command>…

Runs a command with GH_TOKEN, GITHUB_TOKEN (and their ENTERPRISE forms for a server of one's own), JEAN_SESSION_IDENTITY,
the worktree's author and committer, and git settings by which git asks for the worktree's credential wherever it runs.
Signals and exit status are the command's own. The token is in the environment of the command, and nowhere else.
`,
  rotate: 'jean-ravi rotate <worktree> [--json]\n\nMakes a new credential, puts it into force, and kills the old one.\n',
  revoke: 'jean-ravi revoke <worktree> [--json]\n\nKills the credential and verifies at GitHub that it is dead.\n',
  release: `jean-ravi release <worktree>|--all [--json]

Gives git in the worktree back to you: its settings become what they were before, byte for byte, and its credential is killed.
--all does so for every worktree that the companion has touched, also those that Jean has no more. Ends with 1 when something
is not through yet. A released worktree stays yours until you make a credential for it in the companion.
`,
  who: `jean-ravi who <commit>|<pull request>|<branch> [--json]

Says which worktree a commit, a pull request or a branch came from, which sessions with which models were at work there,
and what became of the credential that pushed it. A commit is named by the beginning of its hash, a pull request by its
address, owner/name#12 or '#12' (in quotes: to a shell # begins a comment). Ends with 4 when nothing of the kind is known.
`,
  audit: `jean-ravi audit tail [-n <number>] [--follow] [--json]
jean-ravi audit verify [--json]
jean-ravi audit export <file> [--json]

tail shows the newest entries (20), oldest first; --follow (-f) goes on with each that is written, until you end it (status 0) or
the companion ends (status 3). With --json it prints one object a line then. verify ends with 1 when the log was changed. export never overwrites a file.
`,
  completion: `jean-ravi completion bash|zsh|fish

bash:  eval "$(jean-ravi completion bash)"       in ~/.bashrc
zsh:   eval "$(jean-ravi completion zsh)"        in ~/.zshrc, after compinit
fish:  jean-ravi completion fish | source        in ~/.config/fish/config.fish
`,
};

/** The help on one command, or on all. */
export const helpText = (topic: Topic | null): string => (topic === null ? whole : texts[topic]);
