/** A service of somebody else, or ours, that listeners and a publisher are connected to. */
export interface Rival {
  /** Which of the audiences connects to it, and what measures call it. */
  readonly kind: string;
  readonly urls: readonly string[];
  /** The processes that serve it, its stores among them. */
  readonly pids: readonly number[];
  /** Of its server, if it is none of the packages here. */
  readonly version?: string;
  stop(): Promise<void>;
}
