import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemorySecrets } from '../lib/memory/secrets.ts';

interface Asked {
  readonly name: string;
  /** Which version of it. */
  readonly stage: string;
}

/** @returns the ARN that a secret of this name would have. */
export const arnOf = (name: string): string => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`;

/**
 * Secrets Manager on this machine, as far as functions ask it: GetSecretValue, by ARN. It is asked at `url`, which
 * AWS_ENDPOINT_URL_SECRETS_MANAGER is to say. Source: AWS Secrets Manager API Reference.
 */
export class SecretsManagerServer {
  readonly #server: Server;
  /** Who changes these, changes what it answers. */
  readonly secrets = new MemorySecrets();
  /** What it was asked for, in that order. */
  readonly asked: Asked[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<SecretsManagerServer> {
    const manager = new SecretsManagerServer();
    manager.#server.listen(0, '127.0.0.1');
    await once(manager.#server, 'listening');
    return manager;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { SecretId: name = '', VersionStage: stage = 'AWSCURRENT' } = JSON.parse(Buffer.concat(chunks).toString());
    const tell = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    const refuse = (type: string, Message: string) => tell(400, { __type: type, Message, message: Message });
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return void refuse('InvalidAction', 'no such');
    this.asked.push({ name, stage });
    const { secrets } = this;
    if (secrets.failure !== undefined) return void refuse('AccessDeniedException', secrets.failure.message);
    const text = await (stage === 'AWSPREVIOUS'
      ? secrets.previous(name)
      : secrets.current(name).catch(() => undefined));
    if (text === undefined) {
      return void refuse(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${stage}`,
      );
    }
    tell(200, { ARN: name, Name: name, VersionId: 'v', VersionStages: [stage], SecretString: text });
  }
}
