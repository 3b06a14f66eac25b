/**
 * Which instances of the service live, where several share Redis and RabbitMQ and each holds sockets of its own: each has a
 * lease, which it renews for as long as it lives.
 */
export interface Leases {
  /** Says that the instance at this endpoint lives, and will say so again within half a minute. */
  renew(endpoint: string): Promise<void>;

  /**
   * Whether the lease of an instance has ended. One that never had a lease, which is of a version that knows of none, has
   * not; nor has one whose lease ended so long ago that no connection can be left of it.
   */
  hasEnded(endpoint: string): Promise<boolean>;
}
