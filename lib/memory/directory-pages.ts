import { CONNECTION_LIFETIME, type ConnectionWithSession } from '../ports/directory.ts';
import { capabilitiesText } from '../protocol/capabilities.ts';
import { type OpenConnectionsPage, SHOWN_SUBSCRIPTIONS } from '../protocol/open-connections.ts';
import type { Ranked } from './sorted-set.ts';
import type { MemoryStore } from './store.ts';

const encodePlace = ({ score, member }: Ranked): string => Buffer.from(`${score} ${member}`).toString('base64url');

const decodePlace = (cursor: string): Ranked | undefined => {
  const [, score, member] = /^(\d{1,15}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return score === undefined || member === undefined ? undefined : { score: Number(score), member };
};

const isBehind = (one: Ranked, other: Ranked): boolean =>
  one.score === other.score ? one.member > other.member : one.score > other.score;

/** What people who watch over the service are shown of a {@link MemoryDirectory}. */
export class DirectoryPages {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async count(): Promise<number> {
    return this.#open().length;
  }

  async page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined> {
    const after = cursor === undefined ? undefined : decodePlace(cursor);
    if (cursor !== undefined && after === undefined) return undefined;
    const behind = this.#open().filter((place) => after === undefined || isBehind(place, after));
    const shown = behind.slice(0, most);
    const last = shown.at(-1);
    return {
      connections: shown.flatMap((place) => this.#describe(place)?.shown ?? []),
      next: behind.length > most && last !== undefined ? encodePlace(last) : null,
    };
  }

  async ofUser(user: string, most: number): Promise<readonly ConnectionWithSession[]> {
    return this.#open()
      .flatMap((place) => this.#describe(place) ?? [])
      .filter(({ shown }) => shown.user === user)
      .slice(0, most);
  }

  #open(): readonly Ranked[] {
    const { open, clock } = this.#store;
    return open.between(clock.now() - CONNECTION_LIFETIME, Number.POSITIVE_INFINITY);
  }

  #describe({ member: id, score: openedAt }: Ranked): ConnectionWithSession | undefined {
    const { records, clock } = this.#store;
    const record = records.get(id);
    if (record === undefined) return undefined;
    const texts = [...(this.#store.subscriptions.get(id) ?? [])];
    const shown = {
      id,
      user: record.user,
      openedAt,
      seenAt: clock.now() - CONNECTION_LIFETIME + (records.left(id) ?? 0),
      capabilities: capabilitiesText(record.capabilities)
        .split(',')
        .filter((capability) => capability !== ''),
      subscriptionCount: texts.length,
      subscriptions: texts.sort().slice(0, SHOWN_SUBSCRIPTIONS),
    };
    return { shown, endpoint: record.endpoint, session: record.session };
  }
}
