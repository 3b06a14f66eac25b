import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { conversationTranscript } from './conversation.ts';
import { vectorTranscript } from './vectors.ts';

const CONVERSATIONS = 200;

/**
 * Compares what is said with what was recorded, byte for byte. With RECORD_TRANSCRIPTS=1 it is recorded anew: a difference
 * that is wanted is then a difference of the file, and the commit says why.
 */
const compare = (name: string, lines: readonly string[]): void => {
  const file = path.join(import.meta.dirname, 'recorded', `${name}.txt`);
  if (process.env['RECORD_TRANSCRIPTS'] === '1') writeFileSync(file, `${lines.join('\n')}\n`);
  const recorded = readFileSync(file, 'utf8').trimEnd().split('\n');
  const at = lines.findIndex((line, i) => line !== recorded[i]);
  const around = (of: readonly string[]) => of.slice(Math.max(0, at - 8), at + 3);
  if (at >= 0) expect(around(lines)).toEqual(around(recorded));
  expect(lines).toHaveLength(recorded.length);
};

const typesIn = (lines: readonly string[], direction: '<' | '>'): Set<string> =>
  new Set(
    lines.filter((line) => line.includes(` ${direction} `)).flatMap((line) => /"type":"(\w+)"/.exec(line)?.[1] ?? []),
  );

describe('what the service says', () => {
  it('is what was recorded, to every conformance vector', async () => {
    compare('vectors', await vectorTranscript());
  });

  it('is what was recorded, in conversations of every message', async () => {
    const lines = await conversationTranscript(CONVERSATIONS);
    const said = [...typesIn(lines, '<')].sort();
    expect(said).toEqual(
      [
        'ack',
        'authenticated',
        'batch',
        'compression',
        'connection',
        'error',
        'event',
        'pong',
        'replay',
        'state',
      ].concat(['subscribed', 'unsubscribed']),
    );
    expect([...typesIn(lines, '>')]).toEqual(
      expect.arrayContaining(['auth', 'batch', 'broadcast', 'chunk', 'compressed', 'compression', 'ping', 'replay']),
    );
    compare('conversations', lines);
  }, 180_000);
});
