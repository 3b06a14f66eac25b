/** Where the bare hops lead, for both of their ends. */
export interface Hops {
  /** Address of the gateway, to post to. */
  readonly endpoint: string;
  readonly rabbitmqUrl: string;
  readonly redisUrl: string;
  readonly queue: string;
}

/** The set in which the connections of the listeners stand. */
export const audienceOf = ({ queue }: Hops): string => `${queue}:audience`;
