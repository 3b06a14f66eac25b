import { existsSync } from 'node:fs';
import path from 'node:path';
import { TOOLS } from './installed.ts';

/** A program that runs JavaScript, outside of a browser. */
export interface Runtime {
  readonly name: string;
  /** Where it lies. */
  readonly program: string;
  /** What stands before the program that it is to run. */
  readonly options: readonly string[];
}

const machine = `${process.platform}-${process.arch}`;

const of = (name: string, tool: string, file: string, options: readonly string[] = []): Runtime => ({
  name,
  program: path.join(TOOLS, `${tool}-${machine}`, file),
  options,
});

const ALL: readonly Runtime[] = [
  of('Node 20', 'node-20', 'bin/node'),
  of('Node 22', 'node-22', 'bin/node'),
  { name: `Node ${process.versions.node.split('.')[0]}`, program: process.execPath, options: [] },
  of('Bun', 'bun', 'bin/bun', ['run']),
  of('Deno', 'deno', 'deno', ['run', '--quiet', '--allow-all', '--node-modules-dir=manual']),
];

/** Those that are there. npm brings the others for Linux on x64 alone. */
export const RUNTIMES: readonly Runtime[] = ALL.filter(({ program }) => existsSync(program));

/** The names of those that are not. */
export const LEFT_OUT: readonly string[] = ALL.filter((runtime) => !RUNTIMES.includes(runtime)).map(({ name }) => name);
