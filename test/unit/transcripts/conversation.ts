import { deflateSync } from 'node:zlib';
import { lose, trim } from '../../../client/testing/damage.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import { chunksOf } from '../../../lib/protocol/chunk.ts';
import type { Session } from '../../../lib/protocol/session.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { House } from './house.ts';
import { Transcript } from './transcript.ts';

const USERS = ['alice', 'bob', 'carol'];
const CHANNELS = ['memory:created', 'memory:updated', 'memory.created', 'user:42:settings', 'task:opened', 'a', 'é:x'];
const PATTERNS = [
  'memory:*',
  'memory:**',
  'user:*:settings',
  '**:important',
  '/task:(opened|closed)/',
  'memory.?reated',
  '**',
];
const REFUSED = ['', 'a::b', ':a', 'a b', 'a'.repeat(201), '/(/', 'x"y', '\u0000'];
/** One that takes an escape, of each kind, and one of each width in UTF-8. */
const LETTERS = ['a', 'é', '"', '\\', '\n', '\u0001', '€', '😀'];
const PRIORITIES = ['low', 'normal', 'high', 'critical'];
const CAPABILITIES = [
  '',
  'batch',
  'chunk',
  'compression',
  'batch,chunk',
  'batch,compression',
  'chunk,compression',
  'batch,chunk,compression',
];
const REQUEST_IDS = [undefined, 'r', 7, 'é'.repeat(20), 0.5, 'x'.repeat(128)];
const WRONG_IDS = ['', 'x'.repeat(129), ' ', 'a\u0000b', null, {}];

const EVERYTHING: Session = { issued: 1, expires: null, grants: { subscribe: ['**'], publish: ['**'] } };
/** A tenth of a second after it was granted it is over. */
const SHORT: Session = { ...EVERYTHING, issued: 1_700_000_000_000, expires: 1_700_000_000_100 };
const LITTLE: Session = {
  issued: 1,
  expires: null,
  grants: { subscribe: ['memory:**', 'user:42:*'], publish: ['memory:created'] },
};

/** What a request may travel in. */
const WRAPPINGS = ['plain', 'chunk', 'compression'];

interface Member {
  readonly id: string;
  readonly user: string;
  readonly capabilities: string;
  /** Positions by channel, from what it heard. */
  readonly positions: Map<string, { offset: number; epoch: string }>;
  cursor: string | undefined;
}

const wrappingsOf = ({ capabilities }: Member): readonly string[] =>
  WRAPPINGS.filter((wrapping) => wrapping === 'plain' || capabilities.includes(wrapping));

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** A conversation that a seed decides: every message, capability and error, private events, replays, large data. */
class Conversation {
  readonly #draw: SeededRandom;
  readonly #house: House;
  readonly #transcript: Transcript;
  readonly #members: Member[] = [];
  #chunked = 0;

  constructor(seed: number, transcript: Transcript) {
    this.#draw = new SeededRandom(seed);
    this.#transcript = transcript;
    const identify = async (token: string) => {
      const [user = '', grants] = token.split('/');
      if (!USERS.includes(user)) return 'forged';
      return { user, admin: false, session: grants === 'little' ? LITTLE : EVERYTHING };
    };
    this.#house = new House(this.#draw.once(5) ? undefined : { identify });
    transcript.title(`conversation ${seed}`);
  }

  async run(): Promise<void> {
    for (let i = 0; i < 3; i++) await this.#connect();
    for (let i = 0; i < 20; i++) {
      await this.#act();
      await this.#settle();
    }
  }

  async #connect(): Promise<void> {
    const [user, capabilities] = [this.#draw.pick(USERS), this.#draw.pick(CAPABILITIES)];
    const id = `c${this.#members.length + 1}`;
    const session = this.#draw.once(6) ? this.#draw.pick([LITTLE, SHORT]) : EVERYTHING;
    this.#transcript.event(
      `${id} connects: ${user} [${capabilities}]${session === EVERYTHING ? '' : ` ${JSON.stringify(session)}`}`,
    );
    this.#members.push({ id, user, capabilities, positions: new Map(), cursor: undefined });
    await this.#house.connect(id, user, capabilities, session);
    await this.#settle();
    if (this.#draw.once(6)) return;
    const names = { channels: this.#draw.some(CHANNELS, 1, 3), patterns: this.#draw.once(3) ? ['**'] : [] };
    await this.#frame(this.#members.at(-1) as Member, JSON.stringify({ type: 'subscribe', ...names }));
    await this.#settle();
  }

  async #act(): Promise<void> {
    const draw = this.#draw;
    const member = draw.pick(this.#members);
    switch (draw.below(17)) {
      case 0:
      case 1:
        return this.#request(member, this.#subscribe());
      case 2:
        return this.#request(member, this.#names('unsubscribe'));
      case 3:
      case 4:
      case 5:
      case 14:
      case 15:
        return this.#request(member, this.#broadcast());
      case 6:
        return this.#request(member, {
          type: 'batch',
          messages: Array.from({ length: draw.pick([1, 3, 3, 100, 100, 101, 0]) }, () => this.#batched()),
        });
      case 7:
        return this.#request(member, { type: 'ping', ...(draw.once(2) ? {} : { positions: this.#positions(member) }) });
      case 8:
      case 9:
        return this.#request(member, this.#replay(member));
      case 10:
        return this.#request(member, {
          type: 'compression',
          enable: draw.once(8) ? 'yes' : draw.once(2),
          level: draw.once(8) ? 10 : draw.pick([1, 9]),
        });
      case 11:
        return this.#request(member, {
          type: 'auth',
          token: draw.pick([member.user, member.user, `${member.user}/little`, 'bob', 'nobody', 7]),
        });
      case 12:
        return this.#frame(member, this.#malformed());
      default:
        return this.#happen(member);
    }
  }

  #subscribe(): Fields {
    const draw = this.#draw;
    const options = {
      ...(draw.once(2) ? { sendInitialState: draw.once(2) } : {}),
      ...(draw.once(2) ? { replayEvents: draw.once(2) } : {}),
      ...(draw.once(3) ? { replaySince: this.#time() } : {}),
    };
    return { ...this.#names('subscribe'), ...(draw.once(2) ? { options } : {}) };
  }

  #names(type: string): Fields {
    const draw = this.#draw;
    const wrong = draw.once(15) ? [draw.pick(REFUSED)] : [];
    const many = draw.once(12)
      ? Array.from({ length: 900 }, (_, i) => `many:${this.#members.length}:${i}:${'é'.repeat(30)}`)
      : [];
    return {
      type,
      ...(draw.once(6) ? {} : { channels: [...draw.some(CHANNELS, 0, 3), ...wrong, ...many] }),
      ...(draw.once(3)
        ? { patterns: [...draw.some(PATTERNS, 0, 3), ...(draw.once(15) ? [draw.pick(REFUSED)] : [])] }
        : {}),
    };
  }

  #broadcast(): Fields {
    const draw = this.#draw;
    return {
      type: 'broadcast',
      channel: draw.once(25) ? draw.pick(REFUSED) : draw.pick(CHANNELS),
      ...(draw.once(40) ? {} : { data: this.#data() }),
      ...(draw.once(2) ? { id: `id-${draw.below(6)}` } : {}),
      ...(draw.once(4) ? { category: draw.once(8) ? '' : draw.pick(['memory', 'other']) } : {}),
      ...(draw.once(4) ? { priority: draw.once(8) ? 'urgent' : draw.pick(PRIORITIES) } : {}),
      ...(draw.once(4) ? { targetUsers: draw.once(8) ? [] : draw.some(USERS, 1, 2) } : {}),
    };
  }

  #data(): unknown {
    const draw = this.#draw;
    const word = (length: number): string => Array.from({ length }, () => draw.pick(LETTERS)).join('');
    const text = (length: number): string =>
      word(200)
        .repeat(Math.ceil(length / 200))
        .slice(0, length);
    switch (draw.below(12)) {
      case 0:
        return text(30_000);
      case 1:
        return text(120_000);
      case 2:
        return 'a'.repeat(70_000);
      case 3:
        return { list: Array.from({ length: 300 }, (_, i) => ({ i, text: 'some text' })) };
      case 4:
        return null;
      case 5:
        return { priority: draw.pick([...PRIORITIES, 1]), n: 1.5 };
      default:
        return { text: word(draw.below(20)), n: draw.below(1_000) };
    }
  }

  #batched(): unknown {
    const draw = this.#draw;
    const requestId = draw.pick(REQUEST_IDS);
    if (draw.once(30)) return draw.pick([null, 7, { type: 'ping' }, { type: 'batch', messages: [] }, {}]);
    const { data, ...rest } = this.#broadcast();
    return { ...rest, requestId, data: draw.once(40) ? data : draw.below(100) };
  }

  /** Some that the member heard, some that nobody gave out. */
  #positions(member: Member): Fields {
    const draw = this.#draw;
    const known = [...member.positions].filter(() => !draw.once(3));
    const wrong = draw.once(6) ? [[draw.pick(CHANNELS), { offset: draw.below(5), epoch: 'another' }] as const] : [];
    const refused = draw.once(25) ? [[draw.pick(REFUSED), { offset: 0, epoch: 'e' }] as const] : [];
    const malformed = draw.once(25) ? [['a', { offset: -1, epoch: 7 }] as const] : [];
    const many = draw.once(40)
      ? Array.from({ length: 501 }, (_, i) => [`p:${i}`, { offset: 0, epoch: 'e' }] as const)
      : [];
    return Object.fromEntries([...known, ...wrong, ...refused, ...malformed, ...many]);
  }

  #time(): number {
    const { clock } = this.#house.world;
    return this.#draw.once(8)
      ? this.#draw.pick([clock.now() + 10_000_000, -1])
      : this.#draw.pick([0, clock.now() - 5, clock.now()]);
  }

  #replay(member: Member): Fields {
    const draw = this.#draw;
    const filter = {
      ...(draw.once(4) ? { categories: draw.pick([['memory'], 'a', ['x', 'other']]) } : {}),
      ...(draw.once(4) ? { priority: draw.pick(['high', ['low', 'normal'], 'urgent']) } : {}),
      ...(draw.once(4) ? { channels: draw.some(CHANNELS, 0, 3) } : {}),
    };
    const limit = draw.once(2) ? { limit: draw.once(8) ? draw.pick([1_001, 0]) : draw.pick([1, 2, 5, 1_000]) } : {};
    if (draw.once(4))
      return {
        type: 'replay',
        cursor: draw.once(8) ? 'made-up' : (member.cursor ?? 'made-up'),
        ...(draw.once(5) ? filter : {}),
        ...limit,
      };
    return {
      type: 'replay',
      ...(draw.once(2) ? { since: this.#time() } : {}),
      ...(draw.once(2) ? { positions: this.#positions(member) } : {}),
      ...filter,
      ...limit,
    };
  }

  #malformed(): unknown {
    return this.#draw.pick([
      '',
      '{',
      'null',
      '[]',
      '42',
      '{}',
      '{"type":7}',
      '{"type":"shout","requestId":"r"}',
      '{"type":"event"}',
      '{"type":"subscribe","channels":"a","requestId":1}',
      `{"type":"ping","requestId":${JSON.stringify(this.#draw.pick(WRONG_IDS))}}`,
      '{"type":"ping","positions":{"__proto__":{"offset":0,"epoch":"e"}}}',
      '{"type":"chunk","id":"k","index":2,"total":2,"data":""}',
      '{"type":"compressed","encoding":"br","data":""}',
      '{"type":"compressed","encoding":"deflate","data":"AAAA"}',
      '{"type":"batch"}',
      `{"type":"broadcast","channel":"a","data":"${'x'.repeat(2 ** 20)}"}`,
      undefined,
    ]);
  }

  /** Something that no client does. */
  async #happen(member: Member): Promise<void> {
    const { clock, store, limiter, bus, directory } = this.#house.world;
    const draw = this.#draw;
    const channel = draw.pick(CHANNELS);
    switch (draw.below(10)) {
      case 0:
      case 7:
        return this.#connect();
      case 8:
        this.#transcript.event(`the sessions of ${member.user} are revoked`);
        await directory.revoke(member.user, clock.now());
        return this.#request(member, this.#broadcast());
      case 1:
        this.#transcript.event(`the oldest event of ${channel} is trimmed`);
        return trim(store, { channel }, 1);
      case 2:
        this.#transcript.event(`${channel} is lost`);
        return lose(store, { channel });
      case 3: {
        const passed = draw.pick([10, 60_000, 7_200_000]);
        this.#transcript.event(`${passed} ms pass`);
        return this.#house.pass(passed);
      }
      case 4: {
        const level = draw.pick(['messageType', 'connection', 'user', 'global'] as const);
        this.#transcript.event(`the limit ${level} is reached`);
        limiter.exceeded = { level, points: 100, duration: 60_000, retryAfter: 1_234, persistent: draw.once(4) };
        await this.#request(member, this.#broadcast());
        limiter.exceeded = undefined;
        return undefined;
      }
      case 5:
        this.#transcript.event('the broker is away, or full');
        bus.failure = draw.once(2) ? new DependencyAway('rabbitmq', new Error()) : new Overloaded(new Error());
        await this.#request(member, this.#broadcast());
        bus.failure = undefined;
        return undefined;
      default:
        this.#transcript.event('the history is away');
        this.#house.world.history.failures.push(new DependencyAway('redis', new Error()));
        return this.#request(member, this.#broadcast());
    }
  }

  async #request(member: Member, message: Fields): Promise<void> {
    const draw = this.#draw;
    const requestId = draw.once(40) ? draw.pick(WRONG_IDS) : draw.pick(REQUEST_IDS);
    const text = JSON.stringify({ ...message, ...(requestId === undefined ? {} : { requestId }) });
    const travels = this.#draw.once(3) ? draw.pick(draw.once(10) ? WRAPPINGS : wrappingsOf(member)) : 'plain';
    switch (travels) {
      case 'chunk': {
        const most = Math.min(32_768, 200 + 3 * Math.ceil(text.length / draw.pick([1, 3])));
        const chunks = chunksOf(text, `k${++this.#chunked}`, most);
        for (const chunk of draw.shuffled(chunks)) await this.#frame(member, chunk);
        return undefined;
      }
      case 'compression':
        return this.#frame(
          member,
          JSON.stringify({ type: 'compressed', encoding: 'deflate', data: deflateSync(text).toString('base64') }),
        );
      default:
        return this.#frame(member, text);
    }
  }

  async #frame(member: Member, body: unknown): Promise<void> {
    this.#transcript.sent(member.id, body);
    await this.#house.frame(member.id, body);
  }

  /** Has all delivered, and notes what was heard. */
  async #settle(): Promise<void> {
    await this.#house.fanOut();
    for (const { connection, text } of this.#house.taken()) {
      const said = this.#transcript.heard(connection, text);
      const member = this.#members.find(({ id }) => id === connection);
      if (said?.startsWith('{') && member !== undefined) this.#learn(member, JSON.parse(said));
    }
  }

  #learn(member: Member, message: unknown): void {
    if (!isFields(message)) return;
    const { type, channel, offset, epoch, messages, events, next } = message;
    if (type === 'event' && message['private'] === undefined) {
      member.positions.set(String(channel), { offset: Number(offset), epoch: String(epoch) });
    }
    for (const inner of [messages, events]) if (Array.isArray(inner)) for (const one of inner) this.#learn(member, one);
    if (typeof next === 'string') member.cursor = next;
  }
}

/** @returns the frames of so many conversations, a line each. */
export const conversationTranscript = async (
  count: number,
  transcript = new Transcript(),
): Promise<readonly string[]> => {
  for (let seed = 1; seed <= count; seed++) await new Conversation(seed, transcript).run();
  return transcript.lines;
};
