import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Template } from './template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'node_modules/serverless/bin/serverless.js');

/** What is packaged. The framework works in files of fixed names beside serverless.yml, so each run has its own copy. */
const SOURCES = [
  'serverless.yml',
  'serverless',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'functions',
  'lib',
  'localstack',
  'console',
  'client',
];

/** Copies what there is of the project, but for the packages it stands on: they are linked. */
export const copyProject = (directory: string): void => {
  for (const source of SOURCES) cpSync(join(ROOT, source), join(directory, source), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'junction');
};

export interface Package {
  readonly template: Template;
  /** Holds a zip for each function. */
  readonly directory: string;
  remove(): void;
}

/**
 * Packages the service as `serverless package --stage STAGE` does.
 *
 * @param environment - all there is besides PATH and a home: nothing by itself, so neither variables nor credentials.
 * @param parameters - as `--param` takes them.
 * @throws Error with what the framework said.
 */
export const packageStage = async (
  stage: string,
  environment: Readonly<Record<string, string>> = {},
  parameters: readonly string[] = [],
): Promise<Package> => {
  const directory = mkdtempSync(join(tmpdir(), `realtime-sync-${stage}-`));
  copyProject(directory);
  const params = parameters.map((parameter) => `--param=${parameter}`);
  try {
    await promisify(execFile)(process.execPath, [PROGRAM, 'package', '--stage', stage, ...params], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: join(directory, 'home'), ...environment },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`serverless package --stage ${stage} failed:\n${stdout}${stderr}`, { cause: error });
  }
  const file = join(directory, '.serverless', 'cloudformation-template-update-stack.json');
  return {
    template: JSON.parse(readFileSync(file, 'utf8')) as Template,
    directory: join(directory, '.serverless'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};
