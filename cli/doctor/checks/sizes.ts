import { randomBytes } from 'node:crypto';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import type { Check } from '../check.ts';
import { Fault, noted } from '../finding.ts';
import { Line } from '../line.ts';
import type { Visit } from '../visit.ts';

/** Beyond what a message of API Gateway may be one frame of; and how it closes. Source: RFC 6455, 7.4.1. */
const BEYOND_A_FRAME = 40_000;
const TOO_BIG = 1_009;

/** Bytes of a message that goes in several frames; API Gateway takes 131,072 in all. */
const IN_FRAMES = 100_000;

const BROKER =
  'the broker takes 524,288 bytes unless its configuration says otherwise: is AWS::AmazonMQ::Configuration with it, and was it restarted since (the log of `topology`)?';

const largeEvent = (bytes: number, says: string): Check => ({
  name: says,
  needs: ['hear'],
  advice: BROKER,
  look: async (visit) => {
    const { messageSize } = (visit.greeting?.['limits'] ?? {}) as { readonly messageSize?: number };
    // Around the data are the names of the request.
    if (messageSize !== undefined && messageSize < bytes + 1_000) {
      return noted(`the stage takes ${messageSize} bytes of a message (WS_MAX_MESSAGE_SIZE)`);
    }
    // What nothing makes smaller.
    const data = randomBytes((bytes * 3) / 4).toString('base64');
    const event = await visit.exchange('large', data);
    if (event['data'] !== data) throw new Fault('an event was heard with other data');
    const { omitted } = await visit.plain.event(event['id']);
    if (omitted !== true) throw new Fault('who takes no chunks heard an event that is larger than a frame');
    return `an event of ${bytes.toLocaleString('en')} bytes is heard`;
  },
});

/** A connection of its own, which may not survive what is sent over it. */
const alone = async ({ options }: Visit, text: string, send: (line: Line, text: string) => void) => {
  const line = await Line.open({ ...options, capabilities: '' });
  send(line, text);
  const outcome = await Promise.race([
    line.closed,
    line.find((each) => each['requestId'] === 'alone', 'no answer came'),
  ]);
  await line.close();
  return outcome;
};

const pingOf = (bytes: number): string =>
  JSON.stringify({ type: 'ping', requestId: 'alone', padding: 'x'.repeat(bytes) });

/** What is larger than others. */
export const sizes: readonly Check[] = [
  largeEvent(600_000, '600 KB'),
  largeEvent(1_000_000, '1 MB'),
  {
    name: 'frames',
    needs: ['hear'],
    advice: 'this is a fault of the service',
    look: async ({ line, plain }) => {
      const largest = Math.max(line.largestFrame, plain.largestFrame);
      if (largest > API_GATEWAY.frameBytes) throw new Fault(`a frame of ${largest} bytes came`);
      return `none was larger than ${largest} bytes`;
    },
  },
  {
    name: 'large frame',
    needs: ['answers'],
    advice:
      'API Gateway closes with 1009 for a frame of more than 32 KB; what stands before this stage does something else',
    look: async (visit) => {
      const outcome = await alone(visit, pingOf(BEYOND_A_FRAME), (line, text) => line.sendFrame(text));
      if (outcome === TOO_BIG) return 'a frame beyond 32 KB is refused (1009)';
      if (typeof outcome === 'number') throw new Fault(`a frame beyond 32 KB was closed with ${outcome}`);
      return noted('a frame beyond 32 KB was taken: this is not API Gateway');
    },
  },
  {
    name: 'many frames',
    needs: ['answers'],
    advice: 'something between does not pass on messages in several frames; a client can send them in chunks',
    look: async (visit) => {
      const outcome = await alone(visit, pingOf(IN_FRAMES), (line, text) => line.sendInFrames(text));
      if (typeof outcome === 'number')
        throw new Fault(`a message of 100 KB in frames of 32 KB was closed with ${outcome}`);
      return 'a message of 100 KB in frames of 32 KB is answered';
    },
  },
];
