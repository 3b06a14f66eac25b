import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject, type Json, objectsIn, type Template } from './template.ts';

/** The requests to `@connections` behind each method of the port, lib/ports/gateway.ts. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  post: ['POST'],
  find: ['GET'],
  close: ['DELETE'],
};

const CALL = /\bgateway\.(post|find|close)\(/g;

/**
 * The requests to `@connections` that a bundled function has code for.
 *
 * @param bundle - its file; the map beside it names the sources of which anything is left in it.
 */
export const requestsIn = (bundle: string): string[] => {
  const { sources } = JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as { sources: readonly string[] };
  const calls = sources
    .map((source) => join(dirname(bundle), source))
    .filter((path) => !path.includes('node_modules') && existsSync(path))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(CALL)].flatMap(([, method = '']) => REQUESTS[method] ?? []),
    );
  return [...new Set(calls)].sort();
};

const ALLOWED = /\/(\w+)\/@connections\/\*$/;

/** The requests to `@connections` that a function’s role allows. */
export const requestsAllowed = ({ Resources }: Template, { Role }: Json): string[] => {
  const [role] = (isObject(Role) ? Role['Fn::GetAtt'] : undefined) as [string];
  const resources = [...objectsIn(Resources[role]?.Properties)].map(({ Resource }) => Resource);
  return resources
    .flatMap((resource) => ALLOWED.exec(String(isObject(resource) ? resource['Fn::Sub'] : resource))?.[1] ?? [])
    .sort();
};
