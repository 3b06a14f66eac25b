/** Time. */
export interface Clock {
  /** Milliseconds since 1970: for what is stored, sent or shown. It may be set, ahead or back. */
  now(): number;
  /** Milliseconds since some instant: for durations and deadlines. It only goes forward, whatever is done to the time of day. */
  elapsed(): number;
  /** Resolves after so many milliseconds. */
  sleep(duration: number): Promise<void>;
}
