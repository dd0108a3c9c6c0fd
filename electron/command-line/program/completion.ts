import { type Shell, shells, topics } from './arguments.ts';

const commands = topics.join(' ');
const withWorktree = ['env', 'exec', 'rotate', 'revoke', 'release'] as const;
const withoutJson: readonly string[] = ['exec', 'completion'];
const withJson = topics.filter((topic) => !withoutJson.includes(topic));
const auditCommands = 'tail verify export';
const tailOptions = '-n --follow';

const bash = `_jean_ravi() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} options=
  if [ "$COMP_CWORD" -eq 1 ]; then options='${commands} help --help --version'
  else
    case "$command" in
      ${withWorktree.join('|')}) [ "$COMP_CWORD" -eq 2 ] && options=". $(jean-ravi list --names 2>/dev/null)";;
      audit)
        if [ "$COMP_CWORD" -eq 2 ]; then options='${auditCommands}'
        elif [ "\${COMP_WORDS[2]}" = tail ]; then options='${tailOptions}'
        fi;;
      list) options='--names';;
      completion) options='${shells.join(' ')}';;
      help) options='${commands}';;
    esac
    case "$command" in release) [ "$COMP_CWORD" -eq 2 ] && options="$options --all";; esac
    case "$command" in ${withJson.join('|')}) options="$options --json";; esac
  fi
  COMPREPLY=($(compgen -W "$options" -- "$word"))
}
complete -o default -F _jean_ravi jean-ravi
`;

const zsh = `_jean_ravi() {
  if (( CURRENT == 2 )); then compadd -- ${commands} help --help --version; return; fi
  case "\${words[2]}" in
    ${withWorktree.join('|')}) if (( CURRENT == 3 )); then compadd -- . \${(f)"$(jean-ravi list --names 2>/dev/null)"}; elif [[ "\${words[2]}" == exec ]]; then _normal; fi;;
    audit) if (( CURRENT == 3 )); then compadd -- ${auditCommands}; elif [[ "\${words[3]}" == tail ]]; then compadd -- ${tailOptions}; else _files; fi;;
    list) compadd -- --names;;
    completion) compadd -- ${shells.join(' ')};;
    help) compadd -- ${commands};;
  esac
  case "\${words[2]}" in release) (( CURRENT == 3 )) && compadd -- --all;; esac
  case "\${words[2]}" in ${withJson.join('|')}) compadd -- --json;; esac
}
compdef _jean_ravi jean-ravi
`;

const fish = `complete -c jean-ravi -f
complete -c jean-ravi -n __fish_use_subcommand -a '${commands} help'
complete -c jean-ravi -n __fish_use_subcommand -l version
complete -c jean-ravi -n __fish_use_subcommand -l help
complete -c jean-ravi -n '__fish_seen_subcommand_from ${withWorktree.join(' ')}' -a '. (jean-ravi list --names 2>/dev/null)'
complete -c jean-ravi -n '__fish_seen_subcommand_from release' -l all
complete -c jean-ravi -n '__fish_seen_subcommand_from audit' -a '${auditCommands}'
complete -c jean-ravi -n '__fish_seen_subcommand_from audit; and __fish_seen_subcommand_from tail' -l follow -s f
complete -c jean-ravi -n '__fish_seen_subcommand_from audit; and __fish_seen_subcommand_from tail' -s n -x
complete -c jean-ravi -n '__fish_seen_subcommand_from audit; and __fish_seen_subcommand_from export' -F
complete -c jean-ravi -n '__fish_seen_subcommand_from list' -l names
complete -c jean-ravi -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'
complete -c jean-ravi -n '__fish_seen_subcommand_from help' -a '${commands}'
complete -c jean-ravi -n '__fish_seen_subcommand_from ${withJson.join(' ')}' -l json
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

/** The completion script of a shell. */
export const completionScript = (shell: Shell): string => scripts[shell];
