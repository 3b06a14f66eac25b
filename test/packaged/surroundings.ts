import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { NOBODY } from '../../lib/gateway/nobody.ts';

const SIGNED_BY = 'https://issuer.example';

interface Post {
  readonly connection: string;
  readonly frame: Record<string, unknown>;
}

interface Managed {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const read = (chunks: Buffer[]): unknown => JSON.parse(Buffer.concat(chunks).toString() || 'null');

type Sign = (user: string, claims?: Readonly<Record<string, unknown>>) => Promise<string>;

/**
 * What the functions of a stage ask beside Redis and RabbitMQ, all at one address: an issuer of tokens, `@connections`,
 * CloudFormation, and RabbitMQ's management interface.
 */
export class Surroundings {
  readonly issuer = SIGNED_BY;
  /** What was posted to connections. */
  readonly posts: Post[] = [];
  /** What CloudFormation was told. */
  readonly answers: Record<string, unknown>[] = [];
  /** What RabbitMQ's management interface was told. */
  readonly managed: Managed[] = [];
  /** Requests that it still fails. */
  failing = 0;
  readonly #server: Server;
  readonly #jwks: string;
  /** @returns a token of a user, who may subscribe and publish anywhere; with further claims, where any are given. */
  readonly sign: Sign;

  private constructor(jwks: string, sign: Sign) {
    this.#jwks = jwks;
    this.sign = sign;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request, chunks, response));
    });
  }

  static async start(): Promise<Surroundings> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] });
    const surroundings = new Surroundings(jwks, (user, claims) =>
      new SignJWT({ channels: { subscribe: ['**'], publish: ['**'] }, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setSubject(user)
        .setIssuer(SIGNED_BY)
        .setExpirationTime('15 minutes')
        .sign(privateKey),
    );
    surroundings.#server.listen(0, '127.0.0.1');
    await once(surroundings.#server, 'listening');
    return surroundings;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where CloudFormation takes the answer of a custom resource. */
  get cloudFormation(): string {
    return `${this.url}/cloudformation`;
  }

  framesFor(connection: string): readonly Record<string, unknown>[] {
    return this.posts.filter((post) => post.connection === connection).map(({ frame }) => frame);
  }

  frameFor(connection: string, type: string): Record<string, unknown> | undefined {
    return this.framesFor(connection).find((frame) => frame['type'] === type);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, chunks: Buffer[], response: ServerResponse): void {
    const [, place = '', id = ''] = /^\/(@connections|cloudformation)\/?(.*)$/.exec(request.url ?? '') ?? [];
    if (place === 'cloudformation') this.answers.push(read(chunks) as Record<string, unknown>);
    const connection = decodeURIComponent(id);
    const gone = connection === NOBODY;
    if (place === '@connections' && request.method === 'POST' && !gone)
      this.posts.push({ connection, frame: read(chunks) as Record<string, unknown> });
    if (request.url?.startsWith('/api/')) this.#manage(request, read(chunks), response);
    else if (request.url === '/jwks') response.writeHead(200, { 'content-type': 'application/json' }).end(this.#jwks);
    else response.writeHead(gone ? 410 : 200).end();
  }

  /** Nothing is bound beside the shards. */
  #manage({ method, url: path = '', headers }: IncomingMessage, body: unknown, response: ServerResponse): void {
    if (method === 'PUT') this.managed.push({ path, authorization: headers.authorization, body });
    if (method === 'PUT' && this.failing > 0) {
      this.failing -= 1;
      response.writeHead(503).end();
    } else if (method === 'PUT') response.writeHead(201).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  }
}
