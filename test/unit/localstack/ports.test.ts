import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertPortsFree, freePorts } from '../../../localstack/ports.ts';

describe('ports', () => {
  let server: Server;
  let taken: number;

  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });

  afterEach(() => server.close());

  test('that are taken are named, with the variable that sets them', async () => {
    const [free = 0] = await freePorts([0]);
    const check = assertPortsFree({ WS_PORT: taken, HTTP_PORT: free });
    await expect(check).rejects.toThrow(`Port ${taken} is taken by another program (WS_PORT=${taken}).`);
    await expect(assertPortsFree({ HTTP_PORT: free })).resolves.toBeUndefined();
  });

  test('are the preferred ones, or others where those are taken', async () => {
    const [free = 0] = await freePorts([0]);
    expect(await freePorts([free])).toEqual([free]);
    const [other] = await freePorts([taken]);
    expect(other).not.toBe(taken);
  });

  test('are none that the kernel gives to others while they wait for their program', async () => {
    const ports = await freePorts(Array.from({ length: 50 }, () => 0));
    for (const port of ports) expect(port).toSatisfy((given: number) => given >= 10_000 && given < 32_768);
  });

  test('are all different', async () => {
    const ports = await freePorts([0, 0, 0, 0]);
    expect(new Set(ports).size).toBe(4);
  });
});
