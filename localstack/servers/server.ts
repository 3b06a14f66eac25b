/** A server the service uses, wherever it comes from. */
export interface Server {
  readonly url: string;
  /** Of a RabbitMQ that was started here: its address for back-ends, which may publish events and nothing else. */
  readonly backEndUrl?: string;
  /** Fulfilled once it answers, also after a restart. Rejected if it ends before, or does not answer in time. */
  ready(): Promise<void>;
  /** Fulfilled with what happened, should it end without having been asked to. Stays pending otherwise. */
  readonly failed: Promise<string>;
  /** Ends it in order, if it was started here; a server that was there before stays. */
  stop(): Promise<void>;
}

/** A server started here, which tests may treat roughly. */
export interface OwnServer extends Server {
  /** Its process, which leads a group of its own; undefined where it runs elsewhere, as in a container. */
  readonly pid: number | undefined;
  /**
   * Ends it as a crash would. RabbitMQ 3.10 writes a new queue's entry in its directory of quorum queues up to three
   * seconds late: killed within them, it comes back with a queue that nobody can ever consume. Wait that long after
   * the first declaration.
   */
  kill(): Promise<void>;
  /** Starts it again after `kill`, or in place of a running one after a `stop`: same address, same data. Waits until it answers. */
  restart(): Promise<void>;
}
