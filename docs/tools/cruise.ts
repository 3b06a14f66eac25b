import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import { FOLDERS, RULES, roomOf } from './layers.ts';

/** An import that goes against a rule, or a file that no rule knows. */
interface Violation {
  readonly rule: string;
  /** The reason of the rule. */
  readonly why: string;
  readonly from: string;
  /** What is imported; the way around, of a circle; undefined for the file itself. */
  readonly to?: string;
}

/** What a tree of files imports. */
export interface Cruised {
  /** The files of the folders, each with its imports. Packages and what comes with Node are not among them. */
  readonly files: readonly IModule[];
  readonly violations: readonly Violation[];
}

const isInFolders = ({ source }: IModule): boolean => FOLDERS.some((folder) => source.startsWith(`${folder}/`));

/**
 * Reads every import of a tree, those of types too, and holds them to the rules.
 *
 * @param root - the tree. Of the folders it looks through those that are named.
 * @param folders - which; all of the house, where none are named.
 * @returns its files and what goes against the rules.
 */
export const cruiseTree = async (root: string, folders: readonly string[] = FOLDERS): Promise<Cruised> => {
  const { output } = await cruise([...folders], {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: [...RULES] },
    exclude: { path: '^client/dist/|^(docs/tools|test/compatibility/tools|test/packaged/runtime)/node_modules/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  });
  const { modules, summary } = output as ICruiseResult;
  const reasons = new Map<string, string>(RULES.map(({ name, comment }) => [name, comment]));
  const files = modules.filter(isInFolders);
  const against = summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    why: reasons.get(rule.name) ?? '',
    from,
    to: cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> '),
  }));
  const roomless = files
    .filter(({ source }) => roomOf(source) === undefined)
    .map(({ source }) => ({
      rule: 'no room',
      why: 'What a file may import is thought of before it is there.',
      from: source,
    }));
  return { files, violations: [...against, ...roomless] };
};
