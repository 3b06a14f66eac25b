import type { Check } from '../check.ts';
import { Fault, noted, skipped } from '../finding.ts';
import { HandshakeRefused, shakeHands } from '../handshake.ts';
import type { Message } from '../line.ts';
import { metricsOf } from '../visit.ts';

const NO_HTTP = skipped('give the address of the HTTP endpoints: --http');

interface Health {
  readonly status: string;
  readonly reasons: Readonly<Record<string, string>>;
}

/** A token of no issuer. */
const FORGED = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkb2N0b3IifQ.bm8tc2lnbmF0dXJl';

/** Whether a stage is there, whole, and lets in who may. */
export const reach: readonly Check[] = [
  {
    name: 'http',
    advice:
      'is --http the output HttpUrl of the deployment? of `npm start` it is http://localhost:3002; else the log of `monitor`',
    look: async ({ endpoints }) => {
      if (endpoints === undefined) return NO_HTTP;
      const { status, body } = await endpoints.ask('/live');
      if (status !== 200 || (body as { status?: string } | undefined)?.status !== 'live') {
        throw new Fault(`GET /live is answered with ${status}, and not as this service answers`);
      }
      return 'the endpoints answer';
    },
  },
  {
    name: 'health',
    needs: ['http'],
    advice: 'docs/alarms.md lists the alarms health-*, and what to do about each',
    look: async ({ endpoints }) => {
      if (endpoints === undefined) return NO_HTTP;
      const { status, body } = await endpoints.ask('/health');
      const health = body as Partial<Health> | undefined;
      const reasons = Object.entries(health?.reasons ?? {}).map(([part, reason]) => `${part}: ${reason}`);
      if (health?.status === 'healthy') return 'healthy';
      if (health?.status === 'degraded') return noted(`degraded: ${reasons.join('; ')}`);
      throw new Fault(`answered with ${status}: ${health?.status ?? 'no health'} ${reasons.join('; ')}`.trim());
    },
  },
  {
    name: 'handshake',
    advice: 'is --url the output WebsocketUrl of the deployment?',
    look: async (visit) => {
      visit.before = await metricsOf(visit.endpoints).catch(() => undefined);
      const began = performance.now();
      await visit.open();
      return `two taken in ${(performance.now() - began).toFixed(0)} ms`;
    },
  },
  {
    name: 'refusal',
    needs: ['handshake'],
    advice: 'AUTH_MODE=jwt, and the key by which tokens are checked, are to be set; see SECURITY.md',
    look: async ({ options }) => {
      if (options.token === undefined) {
        const says = 'the stage takes names on trust, or whoever has no token would not be here';
        if (options.url.startsWith('wss:')) throw new Fault(says);
        return noted(says);
      }
      for (const [token, who] of [
        [undefined, 'no token'],
        [FORGED, 'a forged token'],
      ] as const) {
        const outcome = await shakeHands({ ...options, token, capabilities: '' }).catch((error: unknown) => error);
        if (outcome instanceof HandshakeRefused && [401, 403].includes(outcome.status)) continue;
        if (outcome instanceof Error) throw outcome;
        (outcome as { terminate(): void }).terminate();
        throw new Fault(`${who} was let in`);
      }
      return 'no token, and a forged one, are refused';
    },
  },
  {
    name: 'greeting',
    needs: ['handshake'],
    advice:
      'the greeting goes through the queue `connections`: is its mapping enabled? may `welcome` post to connections? their logs say',
    look: async (visit) => {
      for (const line of [visit.line, visit.plain]) {
        visit.greeting = await line.find(({ type }) => type === 'connection', 'the greeting did not come');
      }
      const { userId, protocol } = visit.greeting as Message;
      if (protocol !== 1)
        throw new Fault(`the stage speaks version ${protocol} of the protocol`, 'take the doctor of that version');
      return `as ${userId}, version ${protocol} of the protocol`;
    },
  },
];
