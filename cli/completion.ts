import type { Command } from 'commander';

const namesOf = ({ commands }: Command): readonly string[] => commands.map((command) => command.name());

/** Words that may stand behind a command: its own commands, and its options. */
const wordsOf = (command: Command): string =>
  [...namesOf(command), ...command.options.flatMap(({ long }) => long ?? [])].join(' ');

/**
 * A script for a shell, by which it completes the words of this command: `npm run cli --` and what comes behind, or a name
 * of one’s own for it.
 *
 * @param name - by which the shell knows the command.
 */
export const completionOf = (program: Command, shell: 'bash' | 'zsh', name: string): string => {
  const cases = program.commands.map((command) => `    ${command.name()}) words='${wordsOf(command)}' ;;`);
  const bash = [
    `_${name.replaceAll(/\W/g, '_')}() {`,
    '  local words',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell’s
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    `    *) words='${wordsOf(program)}' ;;`,
    '  esac',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell’s
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    `complete -F _${name.replaceAll(/\W/g, '_')} ${name}`,
  ];
  const zsh = ['autoload -U +X bashcompinit && bashcompinit', ...bash];
  return (shell === 'zsh' ? zsh : bash).join('\n');
};
