import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { DependencyAway } from '../../lib/ports/dependency.ts';
import type { Delivery } from '../../lib/rabbitmq/lambda-event.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { EVERYTHING, type Seen } from '../faults/checker.ts';
import { matches } from '../unit/match/oracle.ts';
import { BackEnd, type Form } from './actors/back-end.ts';
import { Beside } from './actors/beside.ts';
import { Device } from './actors/devices.ts';
import { PlainClient } from './actors/plain-client.ts';
import { judge, stateProblems } from './judge.ts';
import { Conduct } from './judges/conduct.ts';
import { Cuts } from './judges/cuts.ts';
import { Granted } from './judges/granted.ts';
import { Held } from './judges/held.ts';
import { type Keeping, Kept } from './judges/kept.ts';
import { Owed } from './judges/owed.ts';
import type { Watch } from './judges/watched.ts';
import { CHANNELS, LULL, type Plan, type Setting, type Step, TEXTS, UNCUT } from './plans/plan.ts';
import { GUEST, UNCOUNTED, USERS } from './plans/users.ts';
import { Broker, Mapping } from './service/broker.ts';
import { deploy, RETENTION } from './service/functions.ts';
import { Issuer } from './service/issuer.ts';
import { Replica } from './service/replica.ts';
import { withChance } from './stage/chance.ts';
import type { Stage } from './stage/environment.ts';
import { Fate, type Happened } from './stage/fate.ts';
import { Story } from './stage/story.ts';

const MINUTE = 60_000;

/** Pings in whose time every client has looked by itself for what it may have missed. */
const CHECKED = 4;

/** Milliseconds in which a service at rest brings what is broadcast, without anybody asking for it. */
const PROMPT = 5_000;

/** Milliseconds for which a limit may hold that up. */
const RATED = 20_000;

/** Milliseconds in which a client without the library has proven what it can. */
const PROVEN = 40_000;

/** Milliseconds between two looks whether a service has come to rest, and in which it has to. */
const LOOK = 20_000;
const MOST_UNREST = 600_000;

/** Milliseconds between two looks for an instant in which nothing is under way, and how often it is looked for. */
const GLANCE = 100;
const GLANCES = 1_000;

/** Such looks after which another worker tells what came true. */
const TOLD_EVERY = 600;

/** Milliseconds in which all that was left behind has to be gone. */
const CLEARING = 780_000;

/** Milliseconds by which that may take longer if the clock of Redis was wrong. */
const CLEARING_LATE = 660_000;

/** What a plan came to. */
export interface Played {
  readonly problems: readonly string[];
  readonly story: Story;
  /** Faults that befell it. */
  readonly happened: readonly Happened[];
  /** Calls until it was mended. */
  readonly calls: number;
  /** Names of those that were made until then. */
  readonly made: readonly string[];
  readonly actors: number;
}

/** Milliseconds between two looks whether the shards of before are empty. */
const LOOKS = 5_000;

/** Looks at which they have to be, one after another. */
const QUIET_LOOKS = 3;

/** Milliseconds by which a replica lags, at the most. */
const MOST_LAG = 2_000;

/**
 * What is not promised of a Redis that forgets what it has answered. A turn that had been finished may be unfinished again, until
 * something comes through its shard.
 */
const OF_MEMORY =
  /^(gap|refused|misconduct|not posted|not heard on any page|not subscribed|without the library|history|way out|telling|consumer|granted|listing|leaked: c\d+ is posted)|and has not heard|^(once all are gone, )?(open connections|connections by|what is unfinished)/;

/** Milliseconds by which the clock of Redis is wrong, at the most. */
const REDIS_WRONG = 600_000;

/** Milliseconds after a broadcast in which its device goes, and after a lull in which it comes back, at the most. */
const ON_ITS_WAY = 60;
const AFTERWARDS = 20_000;

const FORMS: readonly Form[] = ['with id and time', 'with id', 'bare', 'over HTTP'];

/** One service with all that it depends on, all who use it, and what befalls them. */
class Run {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #away = new Set<DependencyAway['dependency']>();
  readonly #seen: Seen[] = [];
  readonly #store: MemoryStore;
  readonly #meter = new MemoryMeter();
  readonly #broker: Broker;
  readonly #watch: Watch;
  readonly #replica: Replica;
  /** Whether Redis may forget what it has answered. */
  readonly #mayForget: boolean;
  readonly #functions;
  readonly #sockets;
  /** By queue. */
  readonly #mappings: ReadonlyMap<string, Mapping>;
  /** Milliseconds by which the clock of Redis is wrong. */
  #ahead = 0;
  /** When nothing went wrong any more, milliseconds since the plan began. */
  #mended = Number.POSITIVE_INFINITY;
  /** New shards are there, and nobody is handed what is in them yet. */
  #isDeploying = false;
  /** What environments keep that begin now. */
  readonly #keeping: { now: Keeping } = { now: { enabled: true, retention: RETENTION } };
  readonly #devices: readonly Device[];
  readonly #backEnds: readonly BackEnd[];
  readonly #plain: PlainClient;
  readonly #beside: Beside;

  constructor(plan: Plan, spared: ReadonlySet<string>) {
    const time = new VirtualClock();
    const fate = new Fate(plan.seed, new Set(plan.off), spared, plan.meant);
    const story = new Story(() => time.elapsed());
    const goAway = (dependency: DependencyAway['dependency'], duration: number): void => {
      story.tell(dependency, 'is away');
      this.#away.add(dependency);
      time.after(duration, () => {
        if (this.#away.delete(dependency)) story.tell(dependency, 'is back');
      });
    };
    const steps = { count: 0, looks: new Set<() => void>() };
    const stage: Stage = { time, fate, story, away: this.#away, goAway, problems: [], steps, isFull: false };
    this.#plan = plan;
    this.#stage = stage;
    const clock: Clock = {
      now: () => time.now() + this.#ahead,
      elapsed: () => time.elapsed(),
      sleep: (duration) => time.sleep(duration),
    };
    this.#replica = new Replica(clock);
    this.#store = new MemoryStore(clock, this.#replica.newName);
    const failsOver = plan.steps.some(({ deed }) => deed === 'fail over');
    this.#mayForget = failsOver || plan.steps.some(({ deed }) => deed === 'redis evicts');
    this.#broker = new Broker([topologyOf(plan), topologyOf({ ...plan, ...plan.next, generation: 2 })]);
    const { prefetch } = plan;
    const cuts = new Cuts(this.#store, plan.maxEvents);
    const owed = new Owed(this.#store, TEXTS);
    const held = new Held(stage, this.#store);
    const isSet = plan.switchesReplay || plan.shorterRetention !== undefined;
    const kept = new Kept(stage, this.#store, plan.maxEvents, isSet);
    this.#watch = { owed, conduct: new Conduct(stage, owed), held, granted: new Granted(stage), kept };
    this.#beside = new Beside(stage, plan, this.#store, this.#broker, { cuts, kept });
    const parts = { store: this.#store, broker: this.#broker, meter: this.#meter, watch: this.#watch };
    const issuer = plan.sessions === undefined ? undefined : new Issuer(time, plan.sessions);
    const replica = failsOver ? this.#replica : undefined;
    const { outward } = this.#beside;
    const keeping = this.#keeping;
    const deployment = { ...plan, ...parts, keeping, outward, paging: [plan, plan.next], issuer, replica };
    const { functions, sockets } = deploy(stage, deployment);
    this.#functions = functions;
    this.#sockets = sockets;
    const { shards, connections } = this.#broker.topology;
    const fanOut = (batch: readonly Delivery[]) => functions.fanout.invoke(batch);
    const greet = (batch: readonly Delivery[]) => functions.welcome.invoke(batch);
    this.#mappings = new Map([
      ...this.#broker.shards.map((name) => {
        return [name, new Mapping(stage, this.#broker, name, prefetch, shards.includes(name), fanOut)] as const;
      }),
      [connections, new Mapping(stage, this.#broker, connections, 10, true, greet)],
    ]);
    this.#broker.onMessage = (queue) => this.#mappings.get(queue)?.poke();
    this.#devices = plan.devices.map((device, n) => {
      return new Device(
        stage,
        { sockets, owed, cuts, kept, issuer, seen: this.#seen },
        { ...device, name: `${device.user}-${n + 1}`, mayBeForbidden: plan.hasGuest },
      );
    });
    this.#backEnds = [1, 2].map((n) => new BackEnd(stage, this.#broker, functions.http, this.#seen, `back-end-${n}`));
    this.#plain = new PlainClient(
      stage,
      { sockets, look: functions.look, issuer, seen: this.#seen, kept },
      { ...plan, name: 'plain', user: UNCOUNTED, capabilities: plan.plain, channels: CHANNELS, texts: TEXTS },
    );
    this.#beside.begin(functions, sockets, issuer, this.#seen);
  }

  get clock(): VirtualClock {
    return this.#stage.time;
  }

  async play(): Promise<Played> {
    const { time, story, fate, problems } = this.#stage;
    this.#plan.devices.forEach(({ texts }, n) => {
      for (const text of new Set(texts)) this.#listen(this.#devices[n] as Device, text);
    });
    for (const step of this.#plan.steps) time.after(step.at, () => this.#do(step));
    const last = this.#plan.steps.at(-1)?.at ?? 0;
    for (let minute = 0; minute * MINUTE <= last; minute++) time.after(minute * MINUTE, () => this.#sweep());
    await time.advance(last + 1_000);
    const { calls, made } = story;
    const actors = this.#devices.length + this.#backEnds.length + 1 + this.#beside.actors + this.#begun;
    this.#mend();
    await this.#rest();
    const isForgotten = (each: string): boolean => this.#mayForget && OF_MEMORY.test(each);
    const found = [...this.#judge(), ...problems].filter((each) => !isForgotten(each));
    return { problems: found, story, happened: fate.happened, calls, made, actors };
  }

  /** Environments of functions that there were. */
  get #begun(): number {
    return Object.values(this.#functions).reduce((sum, { begun }) => sum + begun, 0);
  }

  #listen(device: Device, text: string): void {
    device.listen(
      text,
      CHANNELS.filter((channel) => matches(text, channel)),
    );
  }

  #sweep(): void {
    void this.#functions.sweep.invoke(undefined);
    this.#beside.tick();
  }

  /** Time goes by, and is swept in every minute of it. @param duration - milliseconds. */
  async #pass(duration: number): Promise<void> {
    for (let left = duration; left > 0; left -= MINUTE) {
      this.#sweep();
      await this.#stage.time.advance(Math.min(left, MINUTE));
    }
  }

  #do(step: Step): void {
    const { deed, who, where, much } = step;
    const { time, goAway } = this.#stage;
    const device = this.#devices[who % this.#devices.length] as Device;
    if (this.#beside.do(step, device)) return;
    const channel = CHANNELS[where % CHANNELS.length] as string;
    const some = 1 + Math.floor(much * 4);
    const absence = Math.floor(much * 20_000);
    switch (deed) {
      case 'broadcast':
        for (let n = 0; n < some; n++) device.broadcast(channel, undefined);
        break;
      case 'broadcast privately':
        device.broadcast(channel, much < 0.5 ? [USERS[where % USERS.length] as string] : USERS);
        break;
      case 'publish': {
        const form = FORMS[Math.floor(much * FORMS.length)] as Form;
        for (let n = 0; n < 1 + (where % 3); n++) this.#backEnds[who % this.#backEnds.length]?.publish(channel, form);
        break;
      }
      case 'subscribe':
        this.#listen(device, TEXTS[where % TEXTS.length] as string);
        break;
      case 'unsubscribe':
        device.unlisten(where);
        break;
      case 'cut':
      case 'cut without a word':
        this.#sockets.cut(device, deed !== 'cut');
        break;
      case 'sleep':
        device.sleep();
        time.after(Math.floor(much * 30_000), () => device.wake());
        break;
      case 'be away for long':
        device.broadcast(channel, undefined);
        time.after(Math.floor(much * ON_ITS_WAY), () => {
          this.#sockets.cut(device, false);
          device.sleep();
          time.after(LULL + Math.floor(much * AFTERWARDS), () => device.wake());
        });
        break;
      case 'stall':
        device.stall();
        time.after(Math.floor(much * 30_000), () => device.read());
        break;
      case 'kill the fan-out':
        this.#functions.fanout.kill();
        break;
      case 'redis away':
        goAway('redis', absence);
        break;
      case 'broker away':
        goAway('rabbitmq', absence);
        break;
      case 'gateway away':
        goAway('gateway', absence);
        break;
      case 'deploy':
        this.#deploy();
        break;
      case 'switch replay off':
      case 'switch replay on':
      case 'shorten the retention':
      case 'lengthen the retention':
        this.#deployWith(this.#keepingBy(deed));
        break;
      case 'set the clock of redis':
        this.#setClock(much, (who / 1_000) * 20_000);
        break;
      case 'fail over':
        this.#failOver(who / 1_000, much);
        break;
      case 'ask at once':
        this.#plain.overlap(where, 2 + Math.floor(much * 3));
        break;
      case 'ask for more':
        this.#askForMore(who % 5, channel, much);
        break;
      case 'publish what cannot be read':
        this.#backEnds[who % this.#backEnds.length]?.publish(channel, 'unreadable');
        break;
      case 'sweep':
        this.#sweep();
        break;
      default:
        void this.#functions.revoke.invoke(device.user);
    }
  }

  /** What is kept by a setting. */
  #keepingBy(deed: Setting): Keeping {
    const { now } = this.#keeping;
    const { shorterRetention = RETENTION } = this.#plan;
    if (deed === 'switch replay off') return { ...now, enabled: false };
    if (deed === 'switch replay on') return { ...now, enabled: true };
    return { ...now, retention: deed === 'shorten the retention' ? shorterRetention : RETENTION };
  }

  /** Deploys the functions anew, with other settings: what goes on by the ones of before ends by them. */
  #deployWith(keeping: Keeping): void {
    const { enabled, retention } = keeping;
    this.#keeping.now = keeping;
    this.#watch.kept.deployed(keeping);
    const what = `${enabled ? `events kept for ${Math.round(retention / 1_000)} s` : 'no event kept'}`;
    this.#stage.story.tell('operator', `deploys the functions anew, with ${what}`);
    for (const lambda of Object.values(this.#functions)) lambda.deploy();
  }

  /** Deploys the functions anew, with another generation of shards: those are handed out once the ones of before are empty. */
  #deploy(): void {
    const { story, time } = this.#stage;
    if (this.#broker.generation > 0) return;
    story.tell('operator', 'deploys the functions anew, with other shards');
    const before = this.#broker.topology.shards.map((name) => this.#mappings.get(name));
    this.#isDeploying = true;
    this.#broker.deploy();
    for (const lambda of Object.values(this.#functions)) lambda.deploy();
    let quiet = 0;
    const look = (): void => {
      const isMixed = Object.values(this.#functions).some((lambda) => lambda.isMixed);
      // What the last of before sent may be on its way.
      quiet = isMixed || !before.every((mapping) => mapping?.isEmpty) ? 0 : quiet + 1;
      if (quiet < QUIET_LOOKS) {
        time.after(LOOKS, look);
        return;
      }
      story.tell('operator', 'has the new shards handed out');
      this.#isDeploying = false;
      for (const mapping of before) mapping?.turn(false);
      for (const name of this.#broker.topology.shards) this.#mappings.get(name)?.turn(true);
    };
    time.after(LOOKS, look);
  }

  /** The replica takes the place of Redis, without what it had not got yet. @param much - of each, from 0 to 1. */
  #failOver(muchOfLag: number, muchOfAbsence: number): void {
    const { story, goAway } = this.#stage;
    const lag = muchOfLag < 0.2 ? 0 : Math.floor(muchOfLag * MOST_LAG);
    story.tell('redis', `fails, and its replica lacks the last ${lag} ms`);
    goAway('redis', 100 + Math.floor(muchOfAbsence * 3_000));
    this.#replica.takeOver(this.#store, lag);
  }

  /** Sets the clock of Redis, for a while. */
  #setClock(much: number, duration: number): void {
    const { story, time } = this.#stage;
    this.#ahead = Math.floor((2 * much - 1) * REDIS_WRONG);
    story.tell('redis', `has its clock set by ${Math.round(this.#ahead / 1_000)} s`);
    time.after(duration, () => {
      this.#ahead = 0;
    });
  }

  /** Asks for what the library never asks for. */
  #askForMore(what: number, channel: string, much: number): void {
    const plain = this.#plain;
    if (what === 0) void plain.broadcast(channel);
    else if (what === 1) void plain.page(1 + Math.floor(much * 5));
    else if (what === 2) void plain.compress(much < 0.5);
    else if (what === 3) void plain.ping(channel);
    else void plain.look();
  }

  /** Nothing goes wrong any more. */
  #mend(): void {
    const { fate, story } = this.#stage;
    story.tell('everything', 'is mended');
    fate.calm();
    this.#mended = this.#stage.time.elapsed();
    this.#away.clear();
    this.#ahead = 0;
    for (const device of this.#devices) {
      device.wake();
      device.read();
    }
    for (const backEnd of this.#backEnds) backEnd.mend();
    for (const lambda of Object.values(this.#functions)) lambda.mend();
    if (!this.#keeping.now.enabled) this.#deployWith(this.#keepingBy('switch replay on'));
    this.#beside.mend();
  }

  /** Whether something goes on by settings of before. */
  get #isMixed(): boolean {
    return this.#watch.kept.isOn && Object.values(this.#functions).some((lambda) => lambda.isMixed);
  }

  get #isAtRest(): boolean {
    return (
      !this.#isDeploying &&
      !this.#isMixed &&
      this.#isEmpty &&
      this.#devices.every(({ isAtRest }) => isAtRest) &&
      this.#backEnds.every(({ isAtRest }) => isAtRest) &&
      this.#beside.isAtRest(this.#mayForget)
    );
  }

  async #rest(): Promise<void> {
    const { story, problems } = this.#stage;
    for (let waited = LOOK; ; waited += LOOK) {
      await this.#pass(LOOK);
      if (this.#isAtRest) break;
      if (waited < (this.#wasWrong ? MOST_UNREST + CLEARING_LATE : MOST_UNREST)) continue;
      problems.push('it comes to no rest');
      break;
    }
    // What is published later would bring to light what nobody had noted.
    problems.push(...this.#beside.unheard);
    void this.#plain.prove();
    this.#beside.prove();
    // Time for what only a client's own check finds.
    await this.#pass(Math.max(CHECKED * this.#plan.heartbeat, PROVEN));
    if (!this.#plain.isProven) problems.push('without the library: nothing is proven');
    if (!this.#beside.isProven) problems.push('history: nothing is proven');
    await this.#probe();
    await this.#settle();
    story.tell('everything', 'is at rest');
    // What was opened before may have been greeted in vain.
    problems.push(...this.#sockets.greetingProblems(this.#mended + PROMPT));
    const { owed, conduct } = this.#watch;
    problems.push(...this.#stateProblems(), ...owed.problems, ...conduct.problems(this.#sockets.open));
    problems.push(...this.#beside.problems(this.#watch.held.cameBack, false));
    this.#plain.leave();
    this.#beside.leave();
    await Promise.all(this.#devices.map((device) => device.leave()));
    await this.#pass(this.#wasWrong ? CLEARING + CLEARING_LATE : CLEARING);
    if (this.#beside.outward.isOn) await this.#tellTheRest();
    problems.push(...this.#stateProblems(), ...this.#beside.problems(this.#watch.held.cameBack, true));
  }

  /** Whether the clock of Redis was. */
  get #wasWrong(): boolean {
    return this.#plan.steps.some(({ deed }) => deed === 'set the clock of redis');
  }

  /** What became of those who left is told. */
  async #tellTheRest(): Promise<void> {
    this.#beside.tellTheRest();
    for (let waited = LOOK; ; waited += LOOK) {
      await this.#pass(LOOK);
      if (this.#beside.isAtRest(true) && this.#isEmpty) break;
      if (waited < MOST_UNREST) continue;
      this.#stage.problems.push('telling: it comes to no rest');
      break;
    }
  }

  /** Whether nothing waits in a queue, and nothing of one is out. */
  get #isEmpty(): boolean {
    return this.#broker.waiting === 0 && [...this.#mappings.values()].every(({ isBusy }) => !isBusy);
  }

  /** Of every channel something is heard soon by all who listen: what only their own checks find comes later. */
  async #probe(): Promise<void> {
    const { time, problems } = this.#stage;
    const [publisher] = this.#devices;
    this.#beside.refuse();
    const sent = CHANNELS.map((channel) => ({ channel, id: publisher?.broadcast(channel, undefined) ?? '' }));
    // Whoever has sent as much as it may sends the rest once it may again.
    await time.advance(Number.isFinite(this.#plan.rates.user) ? PROMPT + RATED : PROMPT);
    for (const { channel, id } of sent) {
      const listening = this.#devices.filter(({ texts }) => [...texts].some((text) => matches(text, channel)));
      for (const device of listening) if (!device.hasHeard(id)) problems.push(`late: ${device.name} waits for ${id}`);
      if (this.#mayForget) continue;
      for (const name of this.#beside.late(channel, id)) problems.push(`late: ${name} waits for ${id}`);
    }
    this.#beside.goOn();
  }

  /** Waits for an instant in which nothing is under way. */
  async #settle(): Promise<void> {
    // A lease that a wrong clock gave lasts for as much longer, and nobody else works off what it holds up.
    const most = GLANCES + (this.#wasWrong ? CLEARING_LATE / GLANCE : 0);
    for (let tries = 0; tries < most; tries++) {
      if (tries % TOLD_EVERY === 0) this.#beside.tick();
      // These wait for what comes.
      const { appended: _, consumers: __, ...others } = this.#functions;
      const isQuiet = Object.values(others).every(({ running }) => running === 0);
      // A connection that is to replace another has told the service nothing yet.
      const isNoneReplaced = new Set(this.#sockets.open.values()).size === this.#sockets.open.size;
      if (isQuiet && isNoneReplaced && this.#isAtRest && this.#sockets.untold === 0) return;
      await this.#stage.time.advance(GLANCE);
    }
    this.#stage.problems.push('something is always under way');
  }

  #stateProblems(): readonly string[] {
    const open = new Map(
      [...this.#sockets.open].map(([id, reader]) => {
        return [id, reader.wanted(new Set(this.#watch.held.of(id)))] as const;
      }),
    );
    const { happened } = this.#stage.fate;
    const { held } = this.#watch;
    const uncounted = new Set(
      [...this.#sockets.opened].flatMap(([id, at]) => (held.wasRemovedBefore(id, at) ? [id] : [])),
    );
    const wasFalselyGone = happened.some(({ fault }) => fault === 'falsely gone');
    const mayHoldMore = happened.some(({ fault, name }) => fault === 'belated' && name.includes('subscriptions.add'));
    const isCleared = this.#devices.every(({ hasLeft }) => hasLeft);
    const { evicted } = this.#beside;
    const unreadable = new Map(this.#backEnds.flatMap((each) => [...each.unreadable]));
    const service = { store: this.#store, broker: this.#broker, meter: this.#meter, texts: TEXTS, unreadable, evicted };
    const found = stateProblems({
      ...service,
      open,
      uncounted,
      forgotten: this.#sockets.forgotten,
      wasFalselyGone,
      mayHoldMore,
      isCleared,
      mayForget: this.#mayForget,
    });
    return found.map((problem) => (isCleared ? `once all are gone, ${problem}` : problem));
  }

  #judge(): readonly string[] {
    const again = this.#mayForget ? this.#beside.mayComeTwice : [];
    const bare = new Set([...this.#backEnds.flatMap((each) => [...each.bare]), ...again]);
    const wasSilent = this.#stage.fate.happened.some(({ fault }) => fault === 'consumer silent');
    // What a consumer had that is gone comes behind what its successor takes.
    const promises = { ...EVERYTHING, publisherOrder: !wasSilent && !this.#mayForget, historyMayLose: this.#mayForget };
    const historyIsCut = this.#plan.maxEvents < UNCUT;
    const users = [...USERS, GUEST];
    const { kept } = this.#watch;
    return judge({
      store: this.#store,
      missing: kept.missing,
      seen: this.#seen,
      channels: CHANNELS,
      users,
      bare,
      promises: { ...promises, historyIsCut, gapsAreSure: kept.isOn },
    });
  }
}

/**
 * Plays one plan.
 *
 * @param spared - names of faults that do not happen in it.
 */
export const play = (plan: Plan, spared: ReadonlySet<string> = new Set()): Promise<Played> => {
  const { next } = new Fate(plan.seed, new Set(), new Set()).at('what is drawn past every port');
  let run: Run | undefined;
  return withChance({ random: next, elapsed: () => run?.clock.elapsed() ?? 0 }, () => {
    run = new Run(plan, spared);
    return run.play();
  });
};
