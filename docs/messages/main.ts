/**
 * Makes the JSON Schema of all messages, the AsyncAPI document and the field tables of docs/protocol.md from the table of
 * messages, so that none can say anything else than what is checked. `npm run docs` writes them; a test fails where they
 * are not current.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Generated, write } from '../generated.ts';
import { asyncapiDocument } from './asyncapi.ts';
import { withBlocks } from './field-tables.ts';
import { schemaDocument } from './json-schema.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The files that are made, and what they should hold. */
export const generated = (): readonly Generated[] => [
  { path: at('schema/messages.json'), content: json(schemaDocument()) },
  { path: at('asyncapi.json'), content: json(asyncapiDocument()) },
  { path: at('protocol.md'), content: withBlocks(readFileSync(at('protocol.md'), 'utf8')) },
];

if (import.meta.main) write(generated());
