/** A dependency did not answer, or answered that it cannot serve now. The same call may succeed later. */
export class DependencyAway extends Error {
  override readonly name = 'DependencyAway';

  readonly dependency: 'redis' | 'rabbitmq' | 'gateway';

  constructor(dependency: 'redis' | 'rabbitmq' | 'gateway', cause: unknown) {
    super(`${dependency} is away`, { cause });
    this.dependency = dependency;
  }
}

/** Redis is there, but other requests of the connection undid a change each time it was made. The same call may succeed later. */
export class Overtaken extends DependencyAway {
  constructor() {
    super('redis', new Error('Other requests of the connection undid this each time'));
  }
}

/** The queues are as full as they may be: what was asked for was not done at all, not even in part. There is room again once the fan-out has caught up. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';

  constructor(cause: unknown) {
    super('the queues are full', { cause });
  }
}

/** The queues take nothing so large: what was asked for was not done, and would not be if it were asked for again. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  /** Bytes that are taken. */
  readonly most: number;

  constructor(most: number) {
    super(`the queues take messages of ${most} bytes at most`);
    this.most = most;
  }
}

/**
 * A dependency is there, and will not do this: what stands in the way is the request or what is stored, and repeating it
 * is not likely to help.
 */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(dependency: 'redis', cause: unknown) {
    super(`${dependency} refuses this: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
