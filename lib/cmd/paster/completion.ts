import { Argument, type Command } from 'commander'
import { withManual } from './manual.js'

export const addCompletion = (program: Command): void => {
  const command = program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh']))
    .action((shell: string) => console.log(shell === 'zsh' ? zsh(program) : bash(program)))
  withManual(command, {
    about: [
      'Completes commands, their options, ini files, the sections of a file behind its #, and those that -n and --server-name name.',
    ],
    examples: [
      ['For this shell', 'source <(paster completion bash)'],
      ['For every bash', 'paster completion bash > /etc/bash_completion.d/paster'],
      ['For every zsh', 'paster completion zsh > /usr/local/share/zsh/site-functions/_paster'],
    ],
  })
}

/** Sections that can be asked for, of the file `$1`, of the kinds `$2`. */
const sections = `_paster_sections() {
  [ -f "$1" ] && sed -nE "s/^\\[($2):([^]]+)\\].*/\\2/p" "$1"
}`

const apps = 'app|application|composite|composit|pipeline|filter-app'

const flagsOf = (command: Command): string[] => [
  ...command.options.flatMap(({ short, long }) => [short, long]).filter(flag => flag !== undefined),
  '--help',
]

const namesOf = (program: Command): string =>
  program.commands.map(command => command.name()).join(' ')

/** The options after which a value stands, by the kind of value. */
const valued = (program: Command): string => {
  const flags = program.commands.flatMap(({ options }) =>
    options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]),
  )
  const others = new Set(flags.filter(flag => flag && !known.has(flag)))
  return [...others].join('|')
}

const known: ReadonlySet<string> = new Set([
  '-n',
  '--app-name',
  '--server-name',
  '--pid-file',
  '--log-file',
])

const bash = (program: Command): string => `${sections}
_paster_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}
_paster_file() {
  local word
  for word in "\${COMP_WORDS[@]:2}"; do
    [ -f "\${word%%#*}" ] && { printf '%s\\n' "\${word%%#*}"; return; }
  done
}
_paster_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -d -S / -- "$1") $(compgen -f -X '!*.ini' -- "$1"))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
_paster() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _paster_words "$(printf '%s\\n' ${namesOf(program)} help --help --version)" "$word"
    return
  fi
  case "\${COMP_WORDS[1]}" in
${program.commands
  .map(command => `    ${command.name()}) words="${flagsOf(command).join(' ')}" ;;`)
  .join('\n')}
    help) _paster_words "$(printf '%s\\n' ${namesOf(program)})" "$word"; return ;;
  esac
  case "$before" in
    -n|--app-name) _paster_words "$(_paster_sections "$(_paster_file)" '${apps}')" "$word"; return ;;
    --server-name) _paster_words "$(_paster_sections "$(_paster_file)" server)" "$word"; return ;;
    --pid-file|--log-file) compopt -o default; return ;;
    ${valued(program)}) return ;;
  esac
  case "$word" in
    -*) _paster_words "$(printf '%s\\n' $words)" "$word" ;;
    *#*) _paster_words "$(_paster_sections "\${word%%#*}" '${apps}' | sed "s|^|\${word%%#*}#|")" "$word" ;;
    *) if [ "\${COMP_WORDS[1]}" = completion ]; then _paster_words $'bash\\nzsh' "$word"
       elif [ "\${COMP_WORDS[1]}" = serve ] && [ -n "$(_paster_file)" ]; then
         _paster_words $'start\\nstop\\nrestart\\nstatus' "$word"
       else _paster_files "$word"; fi ;;
  esac
}
complete -F _paster paster`

const zsh = (program: Command): string => `#compdef paster
${sections}
_paster() {
  local word="\${words[CURRENT]}" before="\${words[CURRENT-1]}" file="" one
  if (( CURRENT == 2 )); then
    compadd -- ${namesOf(program)} help --help --version
    return
  fi
  for one in "\${(@)words[3,-1]}"; do
    [[ -z $file && -f "\${one%%\\#*}" ]] && file="\${one%%\\#*}"
  done
  case "$before" in
    -n|--app-name) compadd -- \${(f)"$(_paster_sections "$file" '${apps}')"}; return ;;
    --server-name) compadd -- \${(f)"$(_paster_sections "$file" server)"}; return ;;
    --pid-file|--log-file) _files; return ;;
    ${valued(program)}) return ;;
  esac
  if [[ $word == -* ]]; then
    case "\${words[2]}" in
${program.commands
  .map(command => `      ${command.name()}) compadd -- ${flagsOf(command).join(' ')} ;;`)
  .join('\n')}
    esac
  elif [[ $word == *\\#* ]]; then
    compadd -p "\${word%%\\#*}#" -- \${(f)"$(_paster_sections "\${word%%\\#*}" '${apps}')"}
  elif [[ \${words[2]} == help ]]; then
    compadd -- ${namesOf(program)}
  elif [[ \${words[2]} == completion ]]; then
    compadd -- bash zsh
  elif [[ \${words[2]} == serve && -n $file ]]; then
    compadd -- start stop restart status
  else
    _files -g '*.ini'
  fi
}
if [ "$funcstack[1]" = _paster ]; then _paster "$@"; else compdef _paster paster; fi`
