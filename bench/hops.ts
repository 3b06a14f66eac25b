/** Names that both ends of the bare hops use. */
export interface Hops {
  readonly rabbitmqUrl: string;
  readonly redisUrl: string;
  readonly queue: string;
}

/** The set in which the connections of the listeners stand. */
export const audienceOf = ({ queue }: Hops): string => `${queue}:audience`;
