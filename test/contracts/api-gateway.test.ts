import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { gatewayContract } from './gateway.contract.ts';

/** What API Gateway answers under `/@connections`: a client that takes nothing is one it fails to post to. */
class Connections {
  readonly #heard = new Map<string, string[]>();
  readonly #blocked = new Set<string>();

  connect(id: string): { heard(): readonly string[] } {
    const heard: string[] = [];
    this.#heard.set(id, heard);
    return { heard: () => heard };
  }

  leave(id: string): void {
    this.#heard.delete(id);
  }

  block(id: string): void {
    this.#blocked.add(id);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const heard = this.#heard.get(id);
    response.setHeader('content-type', 'application/json');
    if (heard === undefined) response.writeHead(410).end();
    else if (request.method === 'GET') response.end('{"connectedAt":"2026-01-01T00:00:00Z"}');
    else if (request.method === 'DELETE') {
      this.#heard.delete(id);
      response.writeHead(204).end();
    } else if (this.#blocked.has(id)) response.writeHead(500).end();
    else {
      heard.push(body);
      response.end();
    }
  }
}

gatewayContract({
  name: 'API Gateway',
  open: async () => {
    const connections = new Connections();
    const server = createServer((request, response) => void connections.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = new ApiGateway({ endpoint, region: 'us-east-1', credentials: undefined }, systemClock);
    onTestFinished(async () => {
      await gateway.end();
      server.close();
      server.closeAllConnections();
    });
    return {
      gateway,
      endpoint,
      connect: (id) => connections.connect(id),
      leave: (id) => connections.leave(id),
      block: (id) => connections.block(id),
    };
  },
});
