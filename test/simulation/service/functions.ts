import '../stage/inflate-at-once.ts';
import { ringing } from '../../../lib/composition/bell.ts';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import { apiGatewayEncoder } from '../../../lib/gateway/frames.ts';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryPostings } from '../../../lib/memory/postings.ts';
import { MemoryRateLimiter } from '../../../lib/memory/rate-limiter.ts';
import { MemoryScratch } from '../../../lib/memory/scratch.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import type { RateLimits } from '../../../lib/ports/rate-limiter.ts';
import type { Said } from '../../../lib/protocol/codec/encoder.ts';
import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { RabbitMqBus } from '../../../lib/rabbitmq/bus.ts';
import { incomingOf, welcomeOf } from '../../../lib/rabbitmq/incoming.ts';
import type { Delivery } from '../../../lib/rabbitmq/lambda-event.ts';
import { sendAnswer } from '../../../lib/sync/answer.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import { connect } from '../../../lib/sync/connect.ts';
import { measureConsumers } from '../../../lib/sync/consume/measure.ts';
import { endExpired, revoke } from '../../../lib/sync/end-sessions.ts';
import { fanOutOrPark } from '../../../lib/sync/fan-out-or-park.ts';
import { lookAtSession } from '../../../lib/sync/look-at-session.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { ReadsInTurn } from '../../../lib/sync/reads-in-turn.ts';
import { receive } from '../../../lib/sync/receive.ts';
import { refusalOf } from '../../../lib/sync/refusal.ts';
import { isPassing } from '../../../lib/sync/resume.ts';
import { sweep } from '../../../lib/sync/sweep.ts';
import { Turns } from '../../../lib/sync/turns.ts';
import { welcome } from '../../../lib/sync/welcome.ts';
import { endedAs } from '../judges/ended.ts';
import type { Keeping } from '../judges/kept.ts';
import {
  type Watch,
  WatchedDirectory,
  WatchedHistory,
  WatchedPostings,
  WatchedSubscriptions,
} from '../judges/watched.ts';
import { HISTORIAN, KEEPER, PAGES_USER, UNCOUNTED } from '../plans/users.ts';
import type { Environment, Stage } from '../stage/environment.ts';
import { Lambda } from '../stage/lambda.ts';
import { asking } from './asking.ts';
import { SimulatedBell } from './bell.ts';
import { type Broker, SimulatedPublisher } from './broker.ts';
import { consumersOver, served } from './consumers-function.ts';
import type { Issuer } from './issuer.ts';
import { paged } from './listing-function.ts';
import type { Outward } from './outward.ts';
import type { Replica } from './replica.ts';
import { ENDPOINT, type Handshake, type Routes, Sockets } from './sockets.ts';

/** Milliseconds that functions have, and that the fan-out and the sweeper keep back: as they are deployed. */
const TIMEOUTS = { message: 30_000, fanout: 60_000, sweep: 60_000, appended: 80_000 };
const RESERVE = 8_000;

const MESSAGE_SIZE = 2 ** 20;

/** Milliseconds that a function takes at the most which waits for events. */
const PULLING = 40_000;

/** Everything that is smaller compressed is compressed, for who takes it. */
const COMPRESSION = { enabled: true, threshold: 0 };

/** Milliseconds for which events are kept, where nobody deploys the functions with another retention. */
export const RETENTION = 86_400_000;

/** Milliseconds without a sign of life after which a connection is looked for, as in Redis. */
const QUIET = 600_000;

const REDIS = { dependency: 'redis' } as const;

export interface Deployment {
  readonly store: MemoryStore;
  readonly broker: Broker;
  readonly meter: MemoryMeter;
  /** Of each generation of shards, since it is deployed: events of a page of the history, and listeners of one of an audience. */
  readonly paging: readonly { readonly batchSize: number; readonly page: number }[];
  /** Events that a history keeps. */
  readonly maxEvents: number;
  /** What environments keep that begin now. */
  readonly keeping: { readonly now: Keeping };
  /** Connections that a user may have. */
  readonly mostConnections: number;
  /** Messages that a connection and a user may send in ten seconds. */
  readonly rates: { readonly connection: number; readonly user: number };
  /** Milliseconds between the pings of clients. */
  readonly heartbeat: number;
  /** Who gives users their tokens; undefined where clients are taken at their word. */
  readonly issuer: Issuer | undefined;
  /** Frames that the gateway keeps for a client that does not read. */
  readonly room: number;
  readonly watch: Watch;
  /** What back-ends hear, and what is told of the service. */
  readonly outward: Outward;
  /** What takes the place of the store; undefined where the store never fails. */
  readonly replica: Replica | undefined;
}

/** A request to publish over HTTP. */
export interface Publication {
  readonly user: string;
  readonly body: string;
  /** Names the request. */
  readonly key: string;
}

/** Who asks what would become of a handshake. */
export interface LookUp {
  readonly user: string;
}

const UNLIMITED = Number.POSITIVE_INFINITY;

/** Messages that a connection and a user may send in a duration; everyone, where a plan has no limits. */
const limitsOf = ({ connection, user }: Deployment['rates']): RateLimits => ({
  enabled: true,
  duration: 10_000,
  block: 0,
  points: { connection, user, global: UNLIMITED },
  backEnd: UNLIMITED,
  types: {},
  allowed: [UNCOUNTED, KEEPER, PAGES_USER, HISTORIAN],
});

/** Since when a request asks for what was appended; undefined where it does not, or is wrapped, as no request of the library is. */
const sinceOf = (body: string): number | undefined => {
  if (!body.startsWith('{') || !body.includes('"type":"replay"')) return undefined;
  const { type, since } = JSON.parse(body) as { readonly type?: string; readonly since?: number };
  return type === 'replay' ? since : undefined;
};

const isNotAvailable = (said: Said): boolean => said.type === 'error' && said.error.code === 'NOT_AVAILABLE';

/** The ports, as an environment has them. */
const portsIn = (stage: Stage, deployment: Deployment, here: Environment) => {
  const { store, broker, meter, paging, watch, heartbeat, outward, maxEvents } = deployment;
  const { kinds } = outward;
  const { batchSize, page } = paging[broker.generation] as Deployment['paging'][number];
  const { clock } = here;
  const rates = limitsOf(deployment.rates);
  const keeping = deployment.keeping.now;
  const kept = { ...keeping, maxEvents, announced: outward.announced };
  /** What is watched, and again what the replica does. */
  const over = <T extends object>(port: T, again: (store: MemoryStore, clock: Clock) => T): T =>
    deployment.replica?.following(port, clock, again) ?? port;
  const unmeasured = new MemoryMeter();
  const history = over(
    new WatchedHistory(watch, store, kept, meter, here),
    (other, then) => new MemoryHistory(other, kept, unmeasured, then),
  );
  const postings = over(new WatchedPostings(watch, store, here), (other, then) => new MemoryPostings(other, then));
  const subscriptions = over(
    new WatchedSubscriptions(watch, store, page, kinds),
    (other) => new MemorySubscriptions(other, page, kinds),
  );
  const directory = over(
    new WatchedDirectory(watch, store, meter, kinds),
    (other) => new MemoryDirectory(other, unmeasured, kinds),
  );
  const plain = <T extends object>(make: (store: MemoryStore) => T): T => over(make(store), make);
  return {
    ...{
      keeping,
      clock,
      meter,
      compression: COMPRESSION,
      encoder: apiGatewayEncoder(COMPRESSION),
      reads: new ReadsInTurn(),
    },
    limits: { messageSize: MESSAGE_SIZE, subscriptions: 1_000, patterns: 1_000, heartbeatInterval: heartbeat },
    replay: { ...keeping, batchSize, maxEvents },
    rateLimits: rates,
    history: here.through(history, 'history', REDIS, { streamed: ['activeChannels', 'privateChannels'] }),
    postings: here.through(postings, 'postings', REDIS),
    subscriptions: here.through(subscriptions, 'subscriptions', REDIS),
    // Nobody of a plan asks for these.
    directory: here.through(directory, 'directory', REDIS, { passed: ['count', 'ofUser'] }),
    scratch: here.through(
      plain((each) => new MemoryScratch(each)),
      'scratch',
      // Nobody of a plan has a ticket.
      REDIS,
      { passed: ['issueTicket', 'redeemTicket'] },
    ),
    limiter: outward.tellingLimits(
      here.through(
        new MemoryRateLimiter(store, rates),
        'limiter',
        { ...REDIS, isSure: true },
        { passed: ['refuse', 'owe'] },
      ),
      here,
      over,
    ),
    over,
    bus: new RabbitMqBus(new SimulatedPublisher(stage, broker, here), broker.topology),
  };
};

/** The functions, each composed as it is where it is deployed, but for the dependencies. */
export const deploy = (stage: Stage, deployment: Deployment) => {
  const { problems, story } = stage;
  const { conduct } = deployment.watch;
  /** Told of failures whose cause nobody else is told. */
  const failedIn = (here: Environment) => (error: unknown) => {
    story.tell(here.name, `${error}`);
    if (!isPassing(error)) problems.push(`${here.name} met ${error}`);
  };

  const gatewayIn = (here: Environment): Gateway => {
    const settings = { endpoint: ENDPOINT, region: 'nowhere', credentials: undefined };
    const gateway = new ApiGateway(settings, here.clock, { transport: sockets.transport(here) });
    const { find, close } = sockets.control(here);
    return { post: (connection, frame, patience) => gateway.post(connection, frame, patience), find, close };
  };

  const receiver = (here: Environment) => {
    const ports = portsIn(stage, deployment, here);
    const world = {
      ...ports,
      gateway: gatewayIn(here),
      authenticator: deployment.issuer?.authenticator(ports.directory, here.clock),
      onAnswered: () => undefined,
      onFailure: failedIn(here),
    };
    return async ({ caller, body }: { readonly caller: Caller; readonly body: string }) => {
      const judge = endedAs(stage, deployment.store, caller.id, here.clock);
      const { kept } = deployment.watch;
      const asksSince = kept.isOn ? sinceOf(body) : undefined;
      const reply = await receive(world, caller, body);
      const [said] = reply.messages;
      const problem = judge(said);
      if (problem !== undefined) problems.push(problem);
      if (asksSince !== undefined) kept.asks(here, ports.keeping, caller.id, asksSince);
      if (kept.isOn && reply.messages.some(isNotAvailable)) kept.refuses(here.name, ports.keeping, caller.id);
      // What was to follow was asked for since.
      if (said?.type === 'subscribed' && reply.messages.length === 1)
        deployment.watch.held.subscribed(here, caller.id, [...said.channels, ...said.patterns]);
      return sendAnswer(world, caller, reply);
    };
  };

  const functions = {
    message: new Lambda(stage, { name: 'message', timeout: TIMEOUTS.message, mayFail: isPassing, begin: receiver }),
    replay: new Lambda(stage, { name: 'replay', timeout: TIMEOUTS.message, mayFail: isPassing, begin: receiver }),
    connect: new Lambda(stage, {
      name: 'connect',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const world = { ...portsIn(stage, deployment, here), gateway: gatewayIn(here) };
        const { directory, bus, limiter } = world;
        const authenticator = deployment.issuer?.authenticator(directory, here.clock);
        /** As the authorizer has it. */
        const admitted = async ({ token = '', ...caller }: Handshake): Promise<Caller | undefined> => {
          if (authenticator === undefined) return { ...caller, session: openSession(here.clock.now()) };
          const identity = await authenticator.identify(token);
          if (typeof identity === 'string' || (await limiter.takeHandshake(identity.user)) !== undefined)
            return undefined;
          return { ...caller, user: identity.user, session: identity.session };
        };
        return async (handshake: Handshake): Promise<Caller | undefined> => {
          try {
            const caller = await admitted(handshake);
            if (caller === undefined || (await connect(world, caller, deployment.mostConnections)) !== undefined)
              return undefined;
            await bus.welcome({ ...caller, expires: caller.session.expires });
            return caller;
          } catch {
            await directory.close(handshake.id).catch(() => undefined);
            return undefined;
          }
        };
      },
    }),
    disconnect: new Lambda(stage, {
      name: 'disconnect',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const { directory } = portsIn(stage, deployment, here);
        return (id: string) => directory.close(id, 'left');
      },
    }),
    fanout: new Lambda(stage, {
      name: 'fanout',
      timeout: TIMEOUTS.fanout,
      mayFail: isPassing,
      isRivalled: (here) => conduct.isRivalled(here),
      begin: (here) => {
        const ports = portsIn(stage, deployment, here);
        const { outward, store } = deployment;
        const world = {
          ...ports,
          history: ringing(ports.history, new SimulatedBell(stage, store, here)),
          ...outward.announcing(here, ports.over),
          turns: new Turns(asking(ports.postings, conduct, here), here.clock),
          audience: new Audience(ports.subscriptions, 10, failedIn(here)),
          gateway: gatewayIn(here),
          parking: outward.tellingParking(ports.bus, here, ports.over),
        };
        return async (batch: readonly Delivery[]) => {
          const deadline = here.clock.elapsed() + TIMEOUTS.fanout - RESERVE;
          const incoming = batch.map((delivery) => incomingOf(delivery, MESSAGE_SIZE));
          conduct.begin(here, (batch[0] as Delivery).queue, deadline);
          try {
            const report = await fanOutOrPark(world, incoming, deadline, () => undefined);
            conduct.end(here, true);
            return report;
          } catch (error) {
            conduct.end(here, false);
            throw error;
          }
        };
      },
    }),
    welcome: new Lambda(stage, {
      name: 'welcome',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const world = { ...portsIn(stage, deployment, here), gateway: gatewayIn(here) };
        return (batch: readonly Delivery[]) =>
          welcome(
            world,
            batch.flatMap((delivery) => welcomeOf(delivery) ?? []),
          );
      },
    }),
    http: new Lambda(stage, {
      name: 'http',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const world = portsIn(stage, deployment, here);
        return async ({ user, body, key }: Publication): Promise<'taken' | ProtocolError> => {
          try {
            await publish(world, { user, admin: false, session: openSession(0) }, body, key);
            return 'taken';
          } catch (error) {
            return refusalOf(error, failedIn(here), ({ message }) => message);
          }
        };
      },
    }),
    look: new Lambda(stage, {
      name: 'look',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const world = portsIn(stage, deployment, here);
        return async ({ user }: LookUp): Promise<unknown> => {
          const identity = { user, admin: false, session: openSession(0) };
          try {
            return await lookAtSession(world, identity, deployment.mostConnections);
          } catch (error) {
            return refusalOf(error, failedIn(here), ({ message }) => message);
          }
        };
      },
    }),
    monitor: new Lambda(stage, {
      name: 'monitor',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => paged(portsIn(stage, deployment, here), failedIn(here)),
    }),
    revoke: new Lambda(stage, {
      name: 'revoke',
      timeout: TIMEOUTS.message,
      mayFail: isPassing,
      begin: (here) => {
        const world = { ...portsIn(stage, deployment, here), gateway: gatewayIn(here), clockTolerance: 0 };
        return (user: string) => revoke({ ...world, onFailure: failedIn(here) }, user);
      },
    }),
    sweep: new Lambda(stage, {
      name: 'sweep',
      timeout: TIMEOUTS.sweep,
      mayFail: isPassing,
      begin: (here) => {
        const ports = portsIn(stage, deployment, here);
        const world = {
          ...ports,
          gateway: gatewayIn(here),
          endpoint: ENDPOINT,
          quiet: QUIET,
          onFailure: failedIn(here),
        };
        const { outward } = deployment;
        const consumers = consumersOver(outward.followed, here, deployment.store, ports.over);
        return async () => {
          const deadline = here.clock.elapsed() + TIMEOUTS.sweep - RESERVE;
          await endExpired(world);
          const report = await sweep(world, deadline);
          if (outward.hasConsumers) await measureConsumers({ ...ports, consumers }, deadline);
          return report;
        };
      },
    }),
    appended: new Lambda(stage, {
      name: 'appended',
      timeout: TIMEOUTS.appended,
      most: TIMEOUTS.appended,
      mayFail: isPassing,
      begin: (here) => {
        const { outward } = deployment;
        const work = outward.working(portsIn(stage, deployment, here), here, failedIn(here));
        return () => work(here.clock.elapsed() + TIMEOUTS.appended - RESERVE);
      },
    }),
    consumers: new Lambda(stage, {
      name: 'consumers',
      timeout: TIMEOUTS.message,
      most: PULLING,
      mayFail: isPassing,
      begin: (here) => {
        const { outward, store } = deployment;
        const ports = portsIn(stage, deployment, here);
        const consumers = consumersOver(outward.followed, here, store, ports.over);
        const bell = here.through(new SimulatedBell(stage, store, here), 'bell', REDIS, { passed: ['ring'] });
        return served({ ...ports, consumers, bell }, failedIn(here));
      },
    }),
  };

  const routes: Routes = {
    connect: (handshake) => functions.connect.invoke(handshake),
    message: (request) => functions.message.invoke(request),
    replay: (request) => functions.replay.invoke(request),
    disconnect: (id) => functions.disconnect.invoke(id),
  };
  const { room, watch } = deployment;
  const sockets: Sockets = new Sockets(stage, { ...watch, routes, room });
  return { functions, sockets };
};

export type Functions = ReturnType<typeof deploy>['functions'];
