/**
 * What parameters say of settings, for serverless.yml: from the command line, or from serverless/params.yml. Plain
 * JavaScript, which the framework loads. serverless/settings.ts checks it and gives each function its own.
 */

import { parameterOf, settings } from '../lib/config/reference.ts';

/**
 * @param {{ resolveVariable: (variable: string) => Promise<unknown> }} tools
 * @returns values by names of parameters; null where nothing is said.
 */
export const parameters = async ({ resolveVariable }) => {
  const names = [...settings.values()].map(parameterOf).filter((name) => name !== undefined);
  const values = await Promise.all(names.map((name) => resolveVariable(`param:${name}, null`)));
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
};
