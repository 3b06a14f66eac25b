/** What is used of Centrifugo’s client. It is not among this project’s packages: who compares with it installs it. */
declare module 'centrifuge' {
  export interface Subscription {
    on(event: 'publication', heard: () => void): void;
    subscribe(): void;
    ready(): Promise<void>;
  }

  export class Centrifuge {
    constructor(url: string, options: { readonly websocket: unknown });
    connect(): void;
    disconnect(): void;
    ready(): Promise<void>;
    newSubscription(channel: string, options: { readonly recoverable: boolean }): Subscription;
    publish(channel: string, data: unknown): Promise<unknown>;
  }
}
