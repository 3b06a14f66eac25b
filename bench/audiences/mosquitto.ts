import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { generate, type Packet, parser } from 'mqtt-packet';
import { WebSocket } from 'ws';
import { CHANNEL, type Join, TEXT } from './audience.ts';

const TOPIC = CHANNEL.replaceAll(':', '/');
/** Packet identifiers are 16 bits, and not zero. */
const MOST_IDS = 65_535;

/** A client of MQTT 3.1.1 with QoS 1: what a listener and a publisher need, over the WebSocket that all audiences have here. */
class MqttClient {
  readonly #socket: WebSocket;
  readonly #acknowledged = new Map<number, () => void>();
  #id = 0;

  private constructor(socket: WebSocket, onMessage: () => void) {
    this.#socket = socket;
    const packets = parser({ protocolVersion: 4 });
    packets.on('packet', (packet: Packet) => {
      if (packet.cmd === 'publish') {
        onMessage();
        this.#write({ cmd: 'puback', messageId: packet.messageId as number });
      } else if (packet.cmd === 'connack') this.#settle(0);
      else if (packet.cmd === 'puback' || packet.cmd === 'suback' || packet.cmd === 'unsuback')
        this.#settle(packet.messageId as number);
    });
    socket.on('message', (data: Buffer) => packets.parse(data));
  }

  static async connect(url: string, onMessage: () => void): Promise<MqttClient> {
    const socket = new WebSocket(url, 'mqtt');
    await once(socket, 'open');
    const client = new MqttClient(socket, onMessage);
    const connected = client.#settled(0);
    client.#write({
      ...{ cmd: 'connect', clientId: randomUUID(), clean: false, keepalive: 0 },
      ...{ protocolId: 'MQTT', protocolVersion: 4 },
    });
    await connected;
    return client;
  }

  subscribe(topic: string): Promise<void> {
    const messageId = this.#next();
    const done = this.#settled(messageId);
    this.#write({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] });
    return done;
  }

  publish(topic: string, payload: string): Promise<void> {
    const messageId = this.#next();
    const done = this.#settled(messageId);
    this.#write({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId });
    return done;
  }

  /** Leaves nothing queued behind: the session stays, and would hear on. */
  async leave(topic: string): Promise<void> {
    const messageId = this.#next();
    const done = this.#settled(messageId);
    this.#write({ cmd: 'unsubscribe', messageId, unsubscriptions: [topic] });
    await done;
    this.#socket.close();
  }

  #next(): number {
    this.#id = (this.#id % MOST_IDS) + 1;
    return this.#id;
  }

  #settled(id: number): Promise<void> {
    return new Promise((resolve) => this.#acknowledged.set(id, resolve));
  }

  #settle(id: number): void {
    this.#acknowledged.get(id)?.();
    this.#acknowledged.delete(id);
  }

  #write(packet: Packet): void {
    this.#socket.send(generate(packet));
  }
}

/** With a session that stays, as who must not miss anything has it. */
export const joinMosquitto: Join = async ([url = ''], listeners, on) => {
  const clients: MqttClient[] = [];
  const heard = (): void => {
    on.frame();
    on.event();
  };
  for (let i = 0; i < listeners; i++) {
    const client = await MqttClient.connect(url, heard);
    await client.subscribe(TOPIC);
    clients.push(client);
  }
  const publisher = await MqttClient.connect(url, () => undefined);
  return {
    publish: (n) => publisher.publish(TOPIC, JSON.stringify({ n, text: TEXT })),
    leave: async () => {
      for (const client of [...clients, publisher]) await client.leave(TOPIC);
    },
  };
};
