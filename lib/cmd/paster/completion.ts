import { Argument, type Command } from 'commander'

export const addCompletion = (program: Command): void => {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(paster completion bash)\n  source <(paster completion zsh)',
    )
    .action((shell: string) => {
      console.log(
        shell === 'zsh'
          ? `autoload -U bashcompinit && bashcompinit\n${bash(program)}`
          : bash(program),
      )
    })
}

/** Commands first, then the options of the command, then files. */
const bash = (program: Command): string => {
  const commands = program.commands.map(command => {
    const flags = command.options.flatMap(({ short, long }) => [short, long]).filter(Boolean)
    return `    ${command.name()}) words="${[...flags, '--help'].join(' ')}" ;;`
  })
  const names = program.commands.map(command => command.name()).join(' ')
  return `_paster() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _paster paster`
}
