import type { IConfiguration } from 'dependency-cruiser';

/** A rule of dependency-cruiser, with its reason. */
type Rule = NonNullable<IConfiguration['forbidden']>[number] & { readonly name: string; readonly comment: string };

/** A folder, or some files of one, and all that it may import. */
interface Room {
  readonly name: string;
  /** Its files, as a regular expression on paths. A file belongs to the first room that takes it. */
  readonly files: string;
  /** What it may import, and why that is so. It is shown when an import goes against it. */
  readonly why: string;
  /** Files of ours that it may import, as regular expressions. */
  readonly to: readonly string[];
  /** Packages it may import: their names, or how these begin, or all. */
  readonly packages: readonly string[] | 'all';
  /** Whether it may import what comes with Node. */
  readonly node: boolean;
}

/** All of the adapters but those in memory, and what puts them together. */
const DEPLOYED_LIB = '^lib/(?!memory/)';

/** Folders of the simulator, and what each adds. None knows what is added behind it. */
const STOREYS = [
  ['stage', 'What decides and what runs on it knows neither what is played nor who judges.'],
  ['plans', 'A plan is drawn from its seed alone, with the kinds of fault that there are.'],
  ['judges', 'Who judges sees the steps of a store, and does not know how the service came to do them.'],
  ['service', 'The functions and what they depend on are watched by judges, and know nobody who uses them.'],
  ['actors', 'Who uses the service reaches it as its users do, and does not know the run.'],
] as const;

const SIMULATION: readonly Room[] = STOREYS.map(([name, why], storey) => ({
  name: `test/simulation/${name}`,
  // Tests of these may look further.
  files: `^test/simulation/${name}/[^.]+\\.ts$`,
  why,
  to: [
    `^test/simulation/(${STOREYS.slice(0, storey + 1)
      .map(([below]) => below)
      .join('|')})/`,
    '^test/(?!simulation/)',
    '^(client|lib)/',
  ],
  packages: [],
  node: true,
}));

/**
 * What stands where, and what may be imported there. An import is counted if it is for a type alone, too: what is named
 * by a file must be known to whoever reads it.
 */
const ROOMS: readonly Room[] = [
  {
    name: 'lib/protocol',
    files: '^lib/protocol/',
    why: 'The wire is defined once, for browsers as well: it knows nothing else of ours, and nothing of Node.',
    to: ['^lib/protocol/'],
    packages: ['valibot', 're2js'],
    node: false,
  },
  {
    name: 'client/src/react.ts',
    files: '^client/src/react\\.ts$',
    why: 'Of a framework only its own face of the library knows anything, and who does not import that face needs none.',
    to: ['^client/src/'],
    packages: ['react'],
    node: false,
  },
  {
    name: 'client/src',
    files: '^client/src/',
    why: 'The library runs in browsers and is published without dependencies: the wire is all it shares with the service.',
    to: ['^client/src/', '^lib/protocol/'],
    packages: [],
    node: false,
  },
  {
    name: 'client/example/react',
    files: '^client/example/react/',
    why: 'It is written as where the package is installed, and React with it. Here the name of the package leads to its source.',
    to: ['^client/example/react/', '^client/src/index\\.ts$'],
    packages: ['react', 'react-dom', 'realtime-sync-client'],
    node: false,
  },
  {
    name: 'client/testing',
    files: '^client/testing/',
    why: 'What behaves like the service in the tests of applications is the service: its domain, with adapters in memory.',
    to: [
      ...['^client/testing/', '^client/src/index\\.ts$', '^lib/(memory|ports|protocol|sync)/'],
      // Names taken on trust, and frames as a gateway takes them.
      '^lib/(auth/development|gateway/frames)\\.ts$',
    ],
    packages: [],
    node: false,
  },
  {
    name: 'client',
    files: '^client/',
    why: 'What is made with the library uses it as everybody does. It runs in Node, or builds what runs in a browser.',
    to: ['^client/', '^client/src/'],
    packages: ['esbuild'],
    node: true,
  },
  {
    name: 'lib/ports',
    files: '^lib/ports/',
    why: 'A port is what the domain needs of the world: it is said in words of the wire, and of metrics by name.',
    to: ['^lib/ports/', '^lib/protocol/', '^lib/telemetry/metrics/table\\.ts$'],
    packages: [],
    node: false,
  },
  {
    name: 'lib/config.ts',
    files: '^lib/config\\.ts$',
    why: 'The reader of the environment knows the table of settings and nothing of what they are for.',
    to: ['^lib/config/'],
    packages: ['valibot'],
    node: false,
  },
  {
    name: 'lib/config',
    files: '^lib/config/',
    why: 'The table of settings is data, for documents and deployments too: it does not know who reads the environment.',
    to: ['^lib/config/'],
    packages: ['valibot'],
    node: false,
  },
  {
    name: 'lib/sync',
    files: '^lib/sync/',
    why: 'The domain knows ports and the wire. An adapter or a setting in it would make it untestable in memory.',
    to: ['^lib/sync/', '^lib/ports/', '^lib/protocol/'],
    packages: ['re2js', 'valibot'],
    node: true,
  },
  {
    name: 'lib/auth',
    files: '^lib/auth/',
    why: 'Who somebody is follows from credentials and ports: no adapter takes part in it.',
    to: ['^lib/auth/', '^lib/ports/', '^lib/protocol/'],
    packages: ['valibot', 'jose'],
    node: true,
  },
  {
    name: 'lib/inside',
    files: '^lib/inside/',
    why: 'What leans on the inside of a package says so in one place, with its version, and has nothing of ours around it.',
    to: ['^lib/inside/'],
    packages: ['undici', 'rate-limiter-flexible'],
    node: false,
  },
  {
    name: 'lib/redis',
    files: '^lib/redis/',
    why: 'An adapter fulfils ports. It knows neither the domain that calls it nor another adapter.',
    to: ['^lib/redis/', '^lib/ports/', '^lib/protocol/', '^lib/inside/'],
    packages: ['ioredis', 'rate-limiter-flexible', 'valibot'],
    node: true,
  },
  {
    name: 'lib/rabbitmq',
    files: '^lib/rabbitmq/',
    why: 'An adapter fulfils ports. It knows neither the domain that calls it nor another adapter.',
    to: ['^lib/rabbitmq/', '^lib/ports/', '^lib/protocol/'],
    packages: ['amqplib', 'valibot'],
    node: true,
  },
  {
    name: 'lib/gateway',
    files: '^lib/gateway/',
    why: 'An adapter fulfils ports. It knows neither the domain that calls it nor another adapter.',
    to: ['^lib/gateway/', '^lib/ports/', '^lib/protocol/', '^lib/inside/'],
    packages: ['undici', '@aws-sdk/client-apigatewaymanagementapi'],
    node: true,
  },
  {
    name: 'lib/secrets',
    files: '^lib/secrets/',
    why: 'An adapter fulfils ports. It is bundled by itself, so it brings nothing else of ours with it.',
    to: ['^lib/secrets/', '^lib/ports/'],
    packages: ['@aws-lambda-powertools/parameters', '@aws-sdk/client-secrets-manager'],
    node: false,
  },
  {
    name: 'lib/memory',
    files: '^lib/memory/',
    why: 'The adapters in memory hold the same promises as the real ones, and share no code with them that could be wrong.',
    to: ['^lib/memory/', '^lib/ports/', '^lib/protocol/', '^lib/telemetry/metrics/'],
    packages: [],
    node: true,
  },
  {
    name: 'lib/telemetry/metrics',
    files: '^lib/telemetry/metrics/',
    why: 'The table of metrics and what is made of it are data, for documents and dashboards too.',
    // What a quantile is: whoever reads the answer over HTTP says the same of the time between two readings.
    to: ['^lib/telemetry/metrics/', '^lib/protocol/http/quantile\\.ts$'],
    packages: [],
    node: false,
  },
  {
    name: 'lib/telemetry',
    files: '^lib/telemetry/',
    why: 'What is logged and measured is of ports; how much of it is a setting.',
    to: ['^lib/telemetry/', '^lib/ports/', '^lib/config\\.ts$', '^lib/config/variables\\.ts$'],
    packages: ['@aws-lambda-powertools/'],
    node: true,
  },
  {
    name: 'lib/console',
    files: '^lib/console/',
    why: 'The built page is served as files: nothing of the service is in it.',
    to: ['^lib/console/'],
    packages: [],
    node: true,
  },
  {
    name: 'lib/cloudformation',
    files: '^lib/cloudformation/',
    why: 'A custom resource answers CloudFormation. What it is the resource of stands in functions.',
    to: ['^lib/cloudformation/', '^lib/ports/retry-policy\\.ts$'],
    packages: ['aws-lambda'],
    node: true,
  },
  {
    name: 'lib/composition',
    files: '^lib/composition/',
    why: 'Adapters are put on connections here and nowhere else. It does so through their own files, never through a package.',
    to: [DEPLOYED_LIB],
    packages: [],
    node: false,
  },
  {
    name: 'functions',
    files: '^functions/',
    why: 'A function maps an event to the domain and back. It imports what several share, and never another function.',
    to: [DEPLOYED_LIB, '^functions/(access|body|frames|http|middleware|page-cursor|websocket)\\.ts$'],
    packages: ['@middy/', '@aws-lambda-powertools/', 'aws-lambda'],
    node: true,
  },
  {
    name: 'console',
    files: '^console/',
    why: 'The page is a client like any other: the library and the wire, no part of the service.',
    to: ['^console/', '^client/src/', '^lib/protocol/'],
    packages: ['uplot', 'vite'],
    node: false,
  },
  {
    name: 'serverless',
    files: '^serverless/',
    why: 'What is deployed follows from tables: settings, metrics, queues. It does without what stands in for AWS.',
    to: [
      ...['^serverless/', '^lib/config/', '^lib/telemetry/metrics/', '^lib/rabbitmq/topology\\.ts$'],
      // Which name a slip was meant to be.
      '^lib/protocol/similar\\.ts$',
    ],
    packages: 'all',
    node: true,
  },
  {
    name: 'localstack',
    files: '^localstack/',
    why: 'What stands in for AWS is around the functions, which it starts as they are. It knows servers, not the domain.',
    to: ['^localstack/', '^serverless/', '^lib/(config|ports|protocol|rabbitmq|redis)/', '^lib/config\\.ts$'],
    packages: 'all',
    node: true,
  },
  {
    name: 'cli',
    files: '^cli/',
    why: 'A command is a client of a service: it has the library, the wire, the broker and the local settings.',
    to: ['^cli/', '^client/(src|terminal)/', '^lib/(config|protocol|rabbitmq)/', '^localstack/'],
    packages: 'all',
    node: true,
  },
  {
    name: 'docs/tools',
    files: '^docs/tools/',
    why: 'What is published is read by others’ programs, which are installed for that alone: nobody needs them to run anything.',
    to: ['^docs/tools/', '^lib/protocol/', '^test/', '^localstack/(installation\\.js$|site/)', '^package\\.json$'],
    packages: 'all',
    node: true,
  },
  {
    name: 'docs',
    files: '^docs/(?!tools/)',
    why: 'A document that is made is made of tables: messages, settings, metrics, steps of alarms.',
    to: [
      '^docs/(?!tools/)',
      '^lib/(config|protocol|telemetry)/',
      '^localstack/compose-variables\\.ts$',
      '^serverless/first-steps\\.ts$',
    ],
    packages: 'all',
    node: true,
  },
  {
    name: 'bench',
    files: '^bench/',
    why: 'A benchmark measures what is deployed, with the servers and clients of the tests. Nothing is built on it.',
    to: ['^bench/', '^(client|functions|lib|localstack|serverless|test)/', '^docs/(?!tools/)'],
    packages: 'all',
    node: true,
  },
  ...SIMULATION,
  {
    name: 'test',
    files: '^test/',
    why: 'A test may see everything but the tools of the documents, which are not installed for it.',
    to: ['^test/', '^(bench|cli|client|console|functions|lib|localstack|serverless)/', '^docs/(?!tools/)', '^[^/]+$'],
    packages: 'all',
    node: true,
  },
];

/** @returns the name of the room that a file stands in; undefined if nobody thought of one. */
export const roomOf = (file: string): string | undefined =>
  ROOMS.find(({ files }) => new RegExp(files).test(file))?.name;

/** The folders that are looked through. */
export const FOLDERS = [
  'bench',
  'cli',
  'client',
  'console',
  'docs',
  'functions',
  'lib',
  'localstack',
  'serverless',
  'test',
] as const;

/** Where a package lies, or its name if it is not installed. A name with a slash at its end is that of several. */
const packagePattern = (name: string): string =>
  `(^|node_modules/)(@types/)?${name}${name.endsWith('/') ? '' : '(/|$)'}`;

const ruleOf = ({ name, files, why, to, packages, node }: Room, index: number): Rule => ({
  name,
  comment: why,
  severity: 'error',
  from: { path: files, pathNot: ROOMS.slice(0, index).map((room) => room.files) },
  to: {
    ...(packages === 'all' && { path: `^(${FOLDERS.join('|')})/` }),
    pathNot: [...to, ...(packages === 'all' ? [] : packages.map(packagePattern))],
    ...(node && { dependencyTypesNot: ['core'] }),
  },
});

/** A package that has few users, so that what it asks of its users is done right in few places. */
const onlyIn = (name: string, packages: readonly string[], users: string, why: string): Rule => ({
  name,
  comment: why,
  severity: 'error',
  from: { pathNot: [users, '^(bench|test)/'] },
  to: { path: packages.map(packagePattern) },
});

/** What holds beside the rooms. */
const ACROSS: readonly Rule[] = [
  {
    name: 'no circles',
    comment: 'Files that import each other can only be understood, tested and moved together: they are one file.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'nothing unknown',
    comment: 'An import that leads nowhere is held by no rule.',
    severity: 'error',
    from: {},
    // React is installed for tests alone, and the package where they try it.
    to: { couldNotResolve: true, pathNot: '^(react|react-dom|realtime-sync-client)(/|$)' },
  },
  {
    name: 'a light library',
    // Types of these files cost a page nothing.
    comment: 'The library has no dependencies, so of the wire it takes only what has none.',
    severity: 'error',
    from: { path: '^client/src/' },
    to: {
      path: '^lib/protocol/((identifier|names|pattern|regex)|messages/\\w+|codec/(check|decode))\\.ts$',
      dependencyTypesNot: ['type-only'],
    },
  },
  onlyIn(
    'Redis',
    ['ioredis', 'rate-limiter-flexible'],
    '^lib/(redis|inside)/|^localstack/servers/reachable\\.ts$',
    'Keys, retries and lost replies of Redis are thought of in its adapter. A laptop only asks whether it is there.',
  ),
  onlyIn(
    'RabbitMQ',
    ['amqplib'],
    '^lib/rabbitmq/|^localstack/(declaration\\.ts$|plugins/event-source/)',
    'Channels, confirms and lost connections are thought of in the adapter. A laptop consumes as AWS does, in its place.',
  ),
  onlyIn(
    'AWS',
    ['@aws-sdk/', '@aws-lambda-powertools/', '@middy/'],
    '^(functions|lib/(gateway|secrets|telemetry))/',
    'What runs in AWS is at the edge: the rest runs anywhere.',
  ),
  onlyIn(
    'posting',
    ['undici'],
    '^lib/(gateway|inside)/|^localstack/emulator\\.ts$',
    'How connections are held open and given up is thought of in the adapter of the gateway.',
  ),
  {
    name: 'insides',
    comment:
      'What a package does not promise may move with any version: only files in `inside` lean on it, and say why.',
    severity: 'error',
    from: { pathNot: '(^|/)inside/' },
    to: { path: '(^|node_modules/)(undici|rate-limiter-flexible)/lib/', dependencyTypesNot: ['type-only'] },
  },
];

/** All rules, each with its reason as its comment. */
export const RULES: readonly Rule[] = [...ROOMS.map(ruleOf), ...ACROSS];
