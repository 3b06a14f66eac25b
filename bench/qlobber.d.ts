declare module 'qlobber' {
  /** The little of it that is measured here. */
  export class Qlobber {
    constructor(options: { separator: string; wildcard_one: string; wildcard_some: string });
    add(topic: string, value: string): this;
    match(topic: string): string[];
  }
}
