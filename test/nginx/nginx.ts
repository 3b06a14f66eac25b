import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePorts } from '../../localstack/ports.ts';
import { Child } from '../../localstack/processes/child.ts';
import { makeCertificate } from '../certificate.ts';
import { programFor } from '../programs.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TEMPLATE = at('../../localstack/nginx/nginx.conf.template');
/** Debian puts it where only root looks. */
const DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];

/** Fills the template in as the image of nginx does. */
const fillIn = (template: string, variables: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\$\{(NGINX_\w+)\}/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`The template asks for ${name}`);
    return value;
  });

const servers = (urls: readonly string[]): string => urls.map((url) => `server ${new URL(url).host};`).join(' ');

const PATIENCE = 60_000;

const untilListening = async (port: number): Promise<void> => {
  for (const giveUp = Date.now() + PATIENCE; ; ) {
    const socket = createConnection(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
};

export interface RunningNginx {
  readonly port: number;
  readonly plainPort: number;
  /** The certificate, to be trusted by clients. */
  readonly certificate: Buffer;
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a real nginx with the configuration that docker-compose.yml gives it, with a certificate of its own.
 *
 * @param upstreams - addresses of the instances.
 * @param limits - variables that differ from those of docker-compose.yml.
 */
export const startNginx = async (
  upstreams: { readonly websocket: readonly string[]; readonly http: readonly string[] },
  limits: Readonly<Record<string, string>> = {},
): Promise<RunningNginx> => {
  const nginx = await programFor(['nginx'], { aptPackage: 'nginx', brewFormula: 'nginx' }, DIRECTORIES);
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-nginx-'));
  const certificates = join(directory, 'certificates');
  mkdirSync(certificates);
  await makeCertificate(
    join(certificates, 'privkey.pem'),
    join(certificates, 'fullchain.pem'),
    'DNS:localhost,IP:127.0.0.1',
  );
  const [port = 0, plainPort = 0] = await freePorts([0, 0]);
  const configuration = join(directory, 'nginx.conf');
  writeFileSync(
    configuration,
    fillIn(readFileSync(TEMPLATE, 'utf8'), {
      NGINX_WEBSOCKET_SERVERS: servers(upstreams.websocket),
      NGINX_HTTP_SERVERS: servers(upstreams.http),
      NGINX_BALANCING: 'least_conn;',
      NGINX_HTTP_PORT: `127.0.0.1:${plainPort}`,
      NGINX_HTTPS_PORT: `127.0.0.1:${port}`,
      NGINX_CERTIFICATES: certificates,
      NGINX_RUN: directory,
      NGINX_CONNECTIONS_PER_ADDRESS: '100',
      NGINX_HANDSHAKES_PER_SECOND: '20',
      NGINX_RELOAD_GRACE: '1s',
      ...limits,
    }),
  );
  const args = ['-c', configuration, '-p', directory, '-e', 'stderr'];
  const command = (...more: string[]) => promisify(execFile)(nginx, [...args, ...more]);
  await command('-t');
  const lines: string[] = [];
  const child = await Child.start({
    name: 'nginx',
    command: nginx,
    args: [...args, '-g', 'daemon off;'],
    environment: { ...process.env },
    directory,
    output: (line) => void lines.push(line),
  });
  await untilListening(port);
  const certificate = readFileSync(join(certificates, 'fullchain.pem'));
  return {
    port,
    plainPort,
    certificate,
    reload: async () => void (await command('-s', 'reload')),
    stop: async () => {
      await child.stop(10_000);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
