import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const BOOTSTRAP = fileURLToPath(new URL('runtime/bootstrap.mjs', import.meta.url));
const RUNTIME = fileURLToPath(new URL('runtime/node_modules/aws-lambda-ric', import.meta.url));

export interface FunctionSettings {
  /** The zip that would be uploaded. */
  readonly zip: string;
  readonly name: string;
  readonly handler: string;
  /** Seconds. */
  readonly timeout: number;
  readonly memorySize: number;
  readonly variables: Readonly<Record<string, string>>;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly trace: string | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Unpacks a zip as Lambda does: every file beneath the task's root. */
const unpack = (zip: string, root: string): void => {
  for (const [name, content] of Object.entries(unzipSync(readFileSync(zip)))) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};

/**
 * One execution environment: a packaged function, run as Lambda runs it. Its code is the zip's and nothing else, AWS's own
 * runtime loads and calls it, it gets its events through the runtime interface, one at a time, and between two of them it
 * stands still.
 */
export class ExecutionEnvironment {
  readonly #settings: FunctionSettings;
  readonly #root: string;
  readonly #server: Server;
  readonly #queue: Invocation[] = [];
  readonly #stoodStill = new EventEmitter();
  #child: ChildProcess | undefined;
  #current: Invocation | undefined;
  #waiting: ServerResponse | undefined;
  #output = '';
  #failure: Error | undefined;

  private constructor(settings: FunctionSettings) {
    this.#settings = settings;
    this.#root = mkdtempSync(join(tmpdir(), 'realtime-sync-task-'));
    unpack(settings.zip, this.#root);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @throws Error where AWS's runtime is not installed. */
  static async start(settings: FunctionSettings): Promise<ExecutionEnvironment> {
    if (!existsSync(RUNTIME)) throw new Error('AWS’s runtime is missing; node test/packaged/runtime/install.js');
    const environment = new ExecutionEnvironment(settings);
    environment.#server.listen(0, '127.0.0.1');
    await once(environment.#server, 'listening');
    environment.#run();
    return environment;
  }

  /** All the function has written. */
  get output(): string {
    return this.#output;
  }

  #run(): void {
    const { name, handler, memorySize, variables } = this.#settings;
    const child = spawn(process.execPath, [`--max-old-space-size=${Math.floor(memorySize * 0.9)}`, BOOTSTRAP], {
      cwd: this.#root,
      env: {
        ...variables,
        PATH: process.env['PATH'],
        TZ: ':UTC',
        LANG: 'en_US.UTF-8',
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_SESSION_TOKEN: 'example',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
        LAMBDA_TASK_ROOT: this.#root,
        _HANDLER: handler,
      },
    });
    const collect = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('exit', (code) => this.#fail(new Error(`${name} ended with ${code}: ${this.#output.slice(-2_000)}`)));
    this.#child = child;
  }

  /**
   * @param trace - what X-Ray is told, as Lambda hands it over with an invocation.
   * @returns what the function answers.
   * @throws Error with what it threw, or that it ended, or took longer than it may.
   */
  async invoke(event: unknown, trace?: string): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const invocation: Invocation = { id: randomUUID(), event, trace, resolve, reject, timer: undefined };
    this.#queue.push(invocation);
    this.#hand();
    try {
      return await promise;
    } finally {
      clearTimeout(invocation.timer);
    }
  }

  /** Resolves once it stands still. */
  async frozen(): Promise<void> {
    while (this.#waiting === undefined || this.#queue.length > 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await once(this.#stoodStill, 'now');
    }
  }

  /** Ends it as Lambda does where an extension is registered: thaws it and tells it to. @returns how it ended. */
  async end(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    const child = this.#child as ChildProcess;
    child.removeAllListeners('exit');
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    return { code, signal };
  }

  async stop(): Promise<void> {
    this.#child?.removeAllListeners('exit');
    this.#child?.kill('SIGCONT');
    this.#child?.kill('SIGKILL');
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#stoodStill.emit('now');
    for (const { reject } of [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue.splice(0)])
      reject(error);
  }

  /** Gives the runtime the next invocation, if both are there. */
  #hand(): void {
    const invocation = this.#queue[0];
    if (invocation === undefined || this.#waiting === undefined) return;
    this.#queue.shift();
    this.#current = invocation;
    const { name, timeout } = this.#settings;
    // From here on: what a function takes to load is not its time.
    invocation.timer = setTimeout(
      () => invocation.reject(new Error(`${name} timed out: ${this.#output.slice(-2_000)}`)),
      timeout * 1_000,
    );
    const response = this.#waiting;
    this.#waiting = undefined;
    this.#child?.kill('SIGCONT');
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(Date.now() + this.#settings.timeout * 1_000),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:us-east-1:000000000000:function:${this.#settings.name}`,
      ...(invocation.trace === undefined ? {} : { 'lambda-runtime-trace-id': invocation.trace }),
    });
    response.end(JSON.stringify(invocation.event));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    if (path.endsWith('/invocation/next')) {
      this.#waiting = response;
      // Lambda freezes an environment that waits.
      if (this.#queue.length === 0) this.#child?.kill('SIGSTOP');
      this.#stoodStill.emit('now');
      this.#hand();
      return;
    }
    response.writeHead(202).end('{}');
    const current = this.#current;
    if (path.endsWith('/init/error')) this.#fail(new Error(`${this.#settings.name} does not load: ${body}`));
    else if (path.endsWith('/response')) current?.resolve(body === '' ? undefined : JSON.parse(body));
    else if (path.endsWith('/error')) current?.reject(new Error(body));
    this.#current = undefined;
  }
}
