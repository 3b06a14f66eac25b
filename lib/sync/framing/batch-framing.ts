import type { Appended, Broadcast, Recorded } from '../../ports/broadcast.ts';
import type { Capabilities } from '../../protocol/capabilities.ts';
import type { Channel } from '../../protocol/channel.ts';
import type { Encoder } from '../../protocol/codec/encoder.ts';
import type { EventMessage } from '../../protocol/messages/event.ts';
import type { Outbox } from '../deliver.ts';
import { eventMessage } from '../event-message.ts';
import type { HeardSet, Listener } from '../heard-sets.ts';

/** An event and where it stands in the batch. */
interface Placed {
  readonly place: number;
  readonly event: EventMessage;
}

/** The events of one channel. */
interface Stream {
  readonly forAll: Placed[];
  readonly forUser: Map<string, Placed[]>;
}

/** What all who hear the same events are posted. */
type Frames = Omit<Outbox, 'connection'>;

/** Bytes of frames kept for others who hear the same; beyond it they are made anew. */
const MOST_KEPT = 32 * 2 ** 20;

const eventOf = (broadcast: Broadcast, at: Appended): EventMessage =>
  eventMessage(broadcast.channel.text, { ...broadcast, ...at }, broadcast.targetUsers !== undefined);

/**
 * Makes the frames of one batch. Every event is encoded once, and the frames of one list of events once per set of
 * capabilities, for all who hear them, and by the same texts where they are told these: the same bytes, so that the gateway
 * hashes them once too.
 */
export class BatchFraming {
  /** The channels of the batch; a {@link HeardSet} numbers them in this order. */
  readonly channels: readonly Channel[];
  readonly #streams: readonly Stream[];
  readonly #encoder: Encoder;
  #frames = new Map<HeardSet, Map<Capabilities, Map<string, Frames>>>();
  #kept = 0;

  /** @param recorded - the batch, in order. */
  constructor(recorded: readonly Recorded[], encoder: Encoder) {
    this.#encoder = encoder;
    const numbers = new Map<string, number>();
    const channels: Channel[] = [];
    const streams: Stream[] = [];
    for (const [place, entry] of recorded.entries()) {
      const { broadcast } = entry;
      const number = numbers.get(broadcast.channel.text) ?? channels.length;
      if (number === channels.length) {
        numbers.set(broadcast.channel.text, number);
        channels.push(broadcast.channel);
        streams.push({ forAll: [], forUser: new Map() });
      }
      const { forAll, forUser } = streams[number] as Stream;
      if ('at' in entry) {
        forAll.push({ place, event: eventOf(broadcast, entry.at) });
        continue;
      }
      for (const [user, at] of entry.atUser) {
        const own = forUser.get(user) ?? [];
        own.push({ place, event: eventOf(broadcast, at) });
        forUser.set(user, own);
      }
    }
    this.channels = channels;
    this.#streams = streams;
  }

  /** What a listener is to be posted: its events in the order of the batch. */
  outbox({ connection, heard }: Listener): Outbox {
    const { capabilities, user } = connection;
    const hearsPrivately = heard.channels.some((number) => this.#streams[number]?.forUser.has(user));
    const named = hearsPrivately ? user : '';
    let ofHeard = this.#frames.get(heard);
    if (ofHeard === undefined) {
      ofHeard = new Map();
      this.#frames.set(heard, ofHeard);
    }
    let ofCapabilities = ofHeard.get(capabilities);
    if (ofCapabilities === undefined) {
      ofCapabilities = new Map();
      ofHeard.set(capabilities, ofCapabilities);
    }
    let frames = ofCapabilities.get(named);
    if (frames === undefined) {
      frames = this.#make(heard, capabilities, named);
      ofCapabilities.set(named, frames);
      this.#keep(frames);
    }
    return { connection, ...frames };
  }

  /** @param user - whose private events are among them; empty for none. */
  #make(heard: HeardSet, capabilities: Capabilities, user: string): Frames {
    const placed = heard.channels.flatMap((number, i) => {
      const { forAll, forUser } = this.#streams[number] as Stream;
      return [...forAll, ...(forUser.get(user) ?? [])].map((each) => ({
        ...each,
        matched: heard.matched?.[i] ?? null,
      }));
    });
    placed.sort((a, b) => a.place - b.place);
    const events = placed.map(({ event }) => event);
    const matched = heard.matched && placed.map((each) => each.matched);
    return { events: events.length, frames: this.#encoder.eventFrames(events, capabilities, matched) };
  }

  #keep({ frames }: Frames): void {
    for (const { length } of frames) this.#kept += length;
    if (this.#kept <= MOST_KEPT) return;
    this.#frames = new Map();
    this.#kept = 0;
  }
}
