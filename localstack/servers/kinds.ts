/** The two servers the service stands on. */
export type ServerKind = 'redis' | 'rabbitmq';

export interface ServerDescription {
  readonly name: string;
  /** The variable that holds its address. */
  readonly variable: 'REDIS_URL' | 'RABBITMQ_URL';
  /** The program to run. */
  readonly program: string;
  /** Where the program lies besides PATH. These come first. */
  readonly directories: readonly string[];
  /** Its name as a service of docker-compose.yml. */
  readonly composeService: string;
  readonly aptPackage: string;
  readonly brewFormula: string;
}

export const SERVERS: Readonly<Record<ServerKind, ServerDescription>> = {
  redis: {
    name: 'Redis',
    variable: 'REDIS_URL',
    program: 'redis-server',
    directories: ['/opt/homebrew/bin', '/usr/local/bin'],
    composeService: 'redis',
    aptPackage: 'redis-server',
    brewFormula: 'redis',
  },
  rabbitmq: {
    name: 'RabbitMQ',
    variable: 'RABBITMQ_URL',
    program: 'rabbitmq-server',
    directories: [
      // Before PATH: Debian's /usr/sbin/rabbitmq-server switches to the user of the system's own RabbitMQ.
      '/usr/lib/rabbitmq/bin',
      '/opt/homebrew/opt/rabbitmq/sbin',
      '/usr/local/opt/rabbitmq/sbin',
      '/usr/local/sbin',
    ],
    composeService: 'rabbitmq',
    aptPackage: 'rabbitmq-server',
    brewFormula: 'rabbitmq',
  },
};

export const SERVER_KINDS: readonly ServerKind[] = ['redis', 'rabbitmq'];
