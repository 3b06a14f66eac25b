/**
 * Makes the OpenAPI document of what is asked over HTTP from the definitions in lib/protocol: as YAML for people, and as
 * JSON for the function that serves it, so that no bundle has what makes it. `npm run docs` writes both; a test fails where
 * they are not current.
 */

import { fileURLToPath } from 'node:url';
import { type Generated, write } from '../generated.ts';
import { openapiDocument } from './openapi.ts';
import { yaml } from './yaml.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The files that are made, and what they should hold. */
export const generated = (): readonly Generated[] => {
  // As JSON has it: without what is undefined.
  const document: unknown = JSON.parse(JSON.stringify(openapiDocument()));
  return [
    {
      path: at('../openapi.yaml'),
      content: `# Made from lib/protocol by \`npm run docs\`.\n${yaml(document)}`,
    },
    { path: at('../../functions/openapi/openapi.json'), content: `${JSON.stringify(document)}\n` },
  ];
};

if (import.meta.main) write(generated());
