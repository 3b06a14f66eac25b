import type { Keeping, Kept } from '../judges/kept.ts';
import type { Plan } from '../plans/plan.ts';
import type { Broker, Mapping } from '../service/broker.ts';
import { type Functions, RETENTION } from '../service/functions.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';
import type { Crowd } from './crowd.ts';

/** Milliseconds between two looks whether the shards of before are empty. */
const LOOKS = 5_000;

/** Looks at which they have to be, one after another. */
const QUIET_LOOKS = 3;

interface OperationsParts {
  readonly functions: Functions;
  readonly broker: Broker;
  /** By queue. */
  readonly mappings: ReadonlyMap<string, Mapping>;
  /** What environments keep that begin now. */
  readonly keeping: { now: Keeping };
  readonly kept: Kept;
  readonly crowd: Pick<Crowd, 'of'>;
}

/** Whoever runs the functions: deploys them anew, kills the fan-out, and revokes sessions. */
export class Operations implements Actor {
  readonly #stage: Stage;
  readonly #parts: OperationsParts;
  readonly #shorterRetention: number;
  /** New shards are there, and nobody is handed what is in them yet. */
  #isDeploying = false;

  constructor(stage: Stage, parts: OperationsParts, { shorterRetention = RETENTION }: Pick<Plan, 'shorterRetention'>) {
    this.#stage = stage;
    this.#parts = parts;
    this.#shorterRetention = shorterRetention;
  }

  /** Environments of functions that there were. */
  get count(): number {
    return this.#functions.reduce((sum, { begun }) => sum + begun, 0);
  }

  get #functions() {
    return Object.values(this.#parts.functions);
  }

  readonly deeds: Deeds = {
    deploy: () => this.#deploy(),
    'switch replay off': () => this.#deployWith({ enabled: false }),
    'switch replay on': () => this.#deployWith({ enabled: true }),
    'shorten the retention': () => this.#deployWith({ retention: this.#shorterRetention }),
    'lengthen the retention': () => this.#deployWith({ retention: RETENTION }),
    'kill the fan-out': () => this.#parts.functions.fanout.kill(),
    revoke: (step) => void this.#parts.functions.revoke.invoke(this.#parts.crowd.of(step).user),
  };

  get isAtRest(): boolean {
    const { broker, mappings, kept } = this.#parts;
    if (this.#isDeploying || (kept.isOn && this.#isMixed)) return false;
    return broker.waiting === 0 && [...mappings.values()].every(({ isBusy }) => !isBusy);
  }

  /** Whether something goes on by settings of before. */
  get #isMixed(): boolean {
    return this.#functions.some((lambda) => lambda.isMixed);
  }

  mend(): void {
    for (const lambda of this.#functions) lambda.mend();
    if (!this.#parts.keeping.now.enabled) this.#deployWith({ enabled: true });
  }

  /** Deploys the functions anew, with other settings: what goes on by the ones of before ends by them. */
  #deployWith(changed: Partial<Keeping>): void {
    const keeping = { ...this.#parts.keeping.now, ...changed };
    this.#parts.keeping.now = keeping;
    this.#parts.kept.deployed(keeping);
    const what = keeping.enabled ? `events kept for ${Math.round(keeping.retention / 1_000)} s` : 'no event kept';
    this.#stage.story.tell('operator', `deploys the functions anew, with ${what}`);
    for (const lambda of this.#functions) lambda.deploy();
  }

  /** Deploys the functions anew, with another generation of shards: those are handed out once the ones of before are empty. */
  #deploy(): void {
    const { story, time } = this.#stage;
    const { broker, mappings } = this.#parts;
    if (broker.generation > 0) return;
    story.tell('operator', 'deploys the functions anew, with other shards');
    const before = broker.topology.shards.map((name) => mappings.get(name));
    this.#isDeploying = true;
    broker.deploy();
    for (const lambda of this.#functions) lambda.deploy();
    let quiet = 0;
    const look = (): void => {
      // What the last of before sent may be on its way.
      quiet = this.#isMixed || !before.every((mapping) => mapping?.isEmpty) ? 0 : quiet + 1;
      if (quiet < QUIET_LOOKS) {
        time.after(LOOKS, look);
        return;
      }
      story.tell('operator', 'has the new shards handed out');
      this.#isDeploying = false;
      for (const mapping of before) mapping?.turn(false);
      for (const name of broker.topology.shards) mappings.get(name)?.turn(true);
    };
    time.after(LOOKS, look);
  }
}
