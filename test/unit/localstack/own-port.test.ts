import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../localstack/ports.ts';
import { ownPort } from '../../../localstack/servers/own-port.ts';

describe('the port of a server with data of its own', () => {
  let directory: string;
  let starts = 0;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'own-port-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A start of a clone. What an earlier process held is free again once it ended: another folder of claims stands for it. */
  const start = (clone: string, usual: number, { first = 0, claims = `claims-${starts++}` } = {}): Promise<number> =>
    ownPort(join(directory, clone), { first, usual }, join(directory, claims));

  it('is the usual one, and stays what it was where that was taken', async () => {
    const [usual = 0] = await freePorts([0]);
    expect(await start('a', usual)).toBe(usual);
    const other = createServer().listen(usual, '127.0.0.1');
    await once(other, 'listening');
    const instead = await start('b', usual);
    expect(instead).not.toBe(usual);
    other.close();
    await once(other, 'close');
    expect(await start('b', usual)).toBe(instead);
  });

  it('is held: clones that start at once have different ones', async () => {
    const [usual = 0] = await freePorts([0]);
    const ports = await Promise.all(['a', 'b', 'c'].map((clone) => start(clone, usual, { claims: 'claims' })));
    expect(new Set(ports).size).toBe(3);
    expect(ports).toContain(usual);
  });

  it('is chosen where no claim can be written, as in a folder that another user made', async () => {
    writeFileSync(join(directory, 'file'), '');
    const [usual = 0] = await freePorts([0]);
    expect(await start('a', usual, { claims: 'file/claims' })).toBe(usual);
  });

  it('is the one that is wished for, where it is free', async () => {
    const [usual = 0, first = 0] = await freePorts([0, 0]);
    expect(await start('a', usual)).toBe(usual);
    expect(await start('a', usual, { first })).toBe(first);
  });
});
