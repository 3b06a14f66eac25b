type Row = readonly [name: string, fallback: string, expected: string, about: string];

/** Those that `npm start` chooses for itself where nothing is said: what is said is taken from it. */
export const CHOSEN_BY_START: ReadonlySet<string> = new Set(['REDIS_PORT', 'RABBITMQ_PORT']);

/** What docker-compose.yml reads besides the settings. Docker reads the same `.env`. */
export const COMPOSE_VARIABLES: readonly Row[] = [
  [
    'REDIS_PORT',
    '6379',
    'a port',
    'Where Redis can be reached from this machine; `npm start` gives it to its own where it is free.',
  ],
  ['REDIS_PASSWORD', '', 'a text', 'What Redis asks for. Wanted by the profile `production`.'],
  ['RABBITMQ_PORT', '5672', 'a port', 'Where RabbitMQ can be reached from this machine; likewise.'],
  ['RABBITMQ_MANAGEMENT_PORT', '15672', 'a port', 'Where RabbitMQ’s own pages can be reached.'],
  ['RABBITMQ_DEFAULT_USER', 'admin', 'a text', 'The user RabbitMQ is created with.'],
  [
    'RABBITMQ_DEFAULT_PASS',
    'password123',
    'a text',
    'That user’s password. The profile `production` refuses this one.',
  ],
  ['NGINX_PORT', '443', 'a port', 'Profile `production`: where nginx can be reached, from everywhere.'],
  ['NGINX_PLAIN_PORT', '80', 'a port', 'Where nginx sends plain HTTP on to TLS.'],
  ['NGINX_CERTIFICATES', './.local/certificates', 'a folder', 'Holds `fullchain.pem` and `privkey.pem`.'],
  ['NGINX_BALANCING', 'least_conn;', 'a directive of nginx', 'How instances are chosen; `ip_hash;` for sticky ones.'],
  ['NGINX_CONNECTIONS_PER_ADDRESS', '100', 'a number', 'Sockets one address may hold.'],
  ['NGINX_HANDSHAKES_PER_SECOND', '20', 'a number', 'Sockets one address may open in a second.'],
  ['PROMETHEUS_PORT', '9090', 'a port', 'Profile `monitoring`: where Prometheus can be reached.'],
  ['GRAFANA_PORT', '3000', 'a port', 'Where Grafana can be reached.'],
  ['GRAFANA_USER', 'admin', 'a text', 'Who may sign in to Grafana.'],
  ['GRAFANA_PASSWORD', 'password123', 'a text', 'With which password. For local use only.'],
  ['LOCALSTACK_PORT', '4566', 'a port', 'Profile `aws`: where LocalStack can be reached.'],
];
