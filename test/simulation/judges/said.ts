/** What every event says of itself: some have no id of their own. */
export interface Said {
  readonly id: string;
}
