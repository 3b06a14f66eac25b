/** One line of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  /** What follows the keyword, continued lines joined. */
  readonly rest: string;
}

/** What begins with a `FROM`. */
export interface Stage {
  /** Behind `AS`; empty for the last one, which is the image. */
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the parts of a Dockerfile's syntax that ours uses. */
export const stagesOf = (dockerfile: string): Stage[] => {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, keyword = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ name, base, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined || keyword === '') throw new Error(`Not understood in the Dockerfile: ${line}`);
      stage.instructions.push({ keyword, rest });
    }
  }
  return stages;
};
