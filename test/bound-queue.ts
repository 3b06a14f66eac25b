import type { Channel } from 'amqplib';
import type { StoredEvent } from '../lib/ports/history.ts';
import type { Priority } from '../lib/protocol/priority.ts';
import type { Heard } from './contracts/announcer.contract.ts';

/** Milliseconds between two looks at an empty queue. */
const POLL = 10;

const eventOf = (headers: Readonly<Record<string, unknown>>, content: Buffer): StoredEvent => ({
  epoch: String(headers['epoch']),
  offset: Number(headers['offset']),
  timestamp: Number(headers['timestamp']),
  id: String(headers['id']),
  category: String(headers['category']),
  priority: headers['priority'] as Priority,
  data: String(content),
  ...('userId' in headers ? { userId: String(headers['userId']) } : {}),
  ...('traceparent' in headers ? { traceparent: String(headers['traceparent']) } : {}),
});

/** What a message says that came out of an exchange of what was appended. */
export const heardOf = (headers: Readonly<Record<string, unknown>>, content: Buffer): Heard => {
  const of = {
    channel: String(headers['channel']),
    ...('user' in headers ? { user: String(headers['user']) } : {}),
  };
  if (headers['type'] === 'event') return { ...of, event: eventOf(headers, content) };
  const gap = { epoch: String(headers['epoch']), from: Number(headers['from']), to: Number(headers['to']) };
  return { ...of, gap };
};

/** Takes messages of a queue one by one, and waits until there were so many. */
export const takeFrom = async (channel: Channel, queue: string, count: number): Promise<readonly Heard[]> => {
  const heard: Heard[] = [];
  while (heard.length < count) {
    const message = await channel.get(queue);
    if (message === false) {
      await new Promise((resolve) => setTimeout(resolve, POLL));
      continue;
    }
    channel.ack(message);
    heard.push(heardOf(message.properties.headers ?? {}, message.content));
  }
  return heard;
};
