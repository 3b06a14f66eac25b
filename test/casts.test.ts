import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** Where what came is read, and becomes a message once it was looked at. */
const CODEC = 'lib/protocol/codec/';

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name));

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const messageFiles = sourcesIn('lib/protocol/messages');

/** The types of messages: those that the table and its entries export, and what others call them. */
const TYPES: readonly string[] = [
  ...messageFiles.flatMap((file) => [...read(file).matchAll(/export type (\w+)\b/g)].map(([, name]) => name as string)),
  ...sourcesIn('client/src').flatMap((file) =>
    [...read(file).matchAll(/(\w+) as (\w+) \} from '[^']*protocol\/messages/g)].map(([, , name]) => name as string),
  ),
  'ServiceFrame',
  'Said',
];

const CAST = new RegExp(
  String.raw`\bas (?:unknown as )?(?:readonly )?(?:Extract<|Partial<|Readonly<)?(?:${TYPES.join('|')})\b`,
);
const RENAMING = /^\s*(?:import|export)\b.*$|^\s*\w+ as \w+,$/gm;

/** Whether a source says that something is a message which nobody looked at. */
const casts = (file: string, source: string): string[] => {
  if (file.startsWith(CODEC)) return [];
  const found = CAST.exec(source.replace(RENAMING, ''));
  return found === null ? [] : [`${file}: ${found[0]}`];
};

describe('a message is one because it was read as one', () => {
  it('knows the types of the table', () => {
    expect(TYPES).toEqual(
      expect.arrayContaining(['ServerMessage', 'ClientMessage', 'Subscribe', 'Event', 'AckMessage']),
    );
  });

  it.each(['lib', 'functions', 'client/src', 'client/terminal', 'console/src', 'localstack'].flatMap(sourcesIn))(
    '%s casts nothing to a message',
    (file) => {
      expect(casts(file, read(file))).toEqual([]);
    },
  );

  it.each([
    ['lib/sync/planted.ts', 'const chunk = frame.message() as Chunk;'],
    ['client/src/planted.ts', "const pong = answer as Extract<ServerMessage, { type: 'pong' }>;"],
    ['client/src/planted.ts', 'const event = value as unknown as Event;'],
    ['lib/sync/planted.ts', 'return [value as readonly ServerMessage[]];'],
  ])('refuses a cast planted in %s: %s', (file, source) => {
    expect(casts(file, source)).toHaveLength(1);
  });
});
