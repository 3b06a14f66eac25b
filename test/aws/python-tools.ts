import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonPackages } from '../../localstack/python.ts';

const HOME = fileURLToPath(new URL('../../.local/aws-tools', import.meta.url));

/**
 * `stack` holds cfn-lint, and moto with what makes a stack in it. Checkov has an environment of its own, since it wants
 * other versions of the same packages.
 */
export type Tools = 'stack' | 'checkov';

/** @returns where the programs of these tools are, which are installed where they are missing. */
export const pythonTools = (tools: Tools): Promise<string> =>
  pythonPackages({
    home: join(HOME, tools),
    list: fileURLToPath(new URL(`requirements-${tools}.txt`, import.meta.url)),
    report: console.log,
  });
