import { type Shell, shells, topics } from './arguments.ts';

const commands = topics.join(' ');
const withWorktree = ['env', 'exec', 'rotate', 'revoke'] as const;
const auditCommands = 'tail verify export';

const bash = `_jean_ravi() {
  local word=\${COMP_WORDS[COMP_CWORD]} options=
  if [ "$COMP_CWORD" -eq 1 ]; then options='${commands} help'
  else case "\${COMP_WORDS[1]}" in
    ${withWorktree.join('|')}) [ "$COMP_CWORD" -eq 2 ] && options=". $(jean-ravi list --names 2>/dev/null)";;
    audit) [ "$COMP_CWORD" -eq 2 ] && options='${auditCommands}';;
    completion) options='${shells.join(' ')}';;
    help) options='${commands}';;
  esac; fi
  COMPREPLY=($(compgen -W "$options" -- "$word"))
}
complete -o default -F _jean_ravi jean-ravi
`;

const zsh = `_jean_ravi() {
  if (( CURRENT == 2 )); then compadd ${commands} help; return; fi
  case "\${words[2]}" in
    ${withWorktree.join('|')}) if (( CURRENT == 3 )); then compadd . \${(f)"$(jean-ravi list --names 2>/dev/null)"}; else _normal; fi;;
    audit) if (( CURRENT == 3 )); then compadd ${auditCommands}; else _files; fi;;
    completion) compadd ${shells.join(' ')};;
    help) compadd ${commands};;
  esac
}
compdef _jean_ravi jean-ravi
`;

const fish = `complete -c jean-ravi -f
complete -c jean-ravi -n __fish_use_subcommand -a '${commands} help'
complete -c jean-ravi -n '__fish_seen_subcommand_from ${withWorktree.join(' ')}' -a '. (jean-ravi list --names 2>/dev/null)'
complete -c jean-ravi -n '__fish_seen_subcommand_from audit' -a '${auditCommands}'
complete -c jean-ravi -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'
complete -c jean-ravi -n '__fish_seen_subcommand_from help' -a '${commands}'
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

/** The completion script of a shell. */
export const completionScript = (shell: Shell): string => scripts[shell];
