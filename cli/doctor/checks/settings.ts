import { parse } from 'valibot';
import { parameterOf, settings } from '../../../lib/config/reference.ts';
import type { Check } from '../check.ts';
import { Fault, noted, skipped } from '../finding.ts';
import type { Visit } from '../visit.ts';

/** Where a stage says what it is set to: by the name of the variable, as it reads it. */
type Said = Readonly<Record<string, unknown>>;

const named = (variable: string): { readonly parameter: string; readonly read: (text?: string) => unknown } => {
  const setting = settings.get(variable);
  if (setting === undefined) throw new RangeError(`There is no setting ${variable}`);
  return { parameter: parameterOf(setting) ?? variable, read: (text) => parse(setting.schema, text) };
};

/** @throws Fault where one is not what was given to the deployment. */
const judge = ({ options: { parameters } }: Visit, said: Said): ReturnType<typeof noted> | string => {
  const differing: string[] = [];
  const wrong: string[] = [];
  for (const [variable, value] of Object.entries(said)) {
    const { parameter, read } = named(variable);
    const given = parameters[parameter];
    if (value === read(given)) continue;
    const says = `${parameter} is ${value}, and not ${read(given)}`;
    (given === undefined ? differing : wrong).push(says);
  }
  if (wrong.length > 0) throw new Fault(wrong.join('; '));
  if (differing.length > 0) return noted(`other than by default: ${differing.join('; ')}`);
  return `as ${Object.keys(parameters).length > 0 ? 'given' : 'by default'}`;
};

interface Greeting {
  readonly limits: Readonly<Record<string, number>>;
  readonly server: { readonly features: Readonly<Record<string, boolean>> };
}

const ADVICE = 'the stage was deployed with other parameters than these (--param), or before them: deploy it again';

/** Whether a stage is set as it was meant to be. */
export const configured: readonly Check[] = [
  {
    name: 'limits',
    needs: ['greeting'],
    advice: ADVICE,
    look: async (visit) => {
      const { limits, server } = visit.greeting as unknown as Greeting;
      return judge(visit, {
        WS_MAX_MESSAGE_SIZE: limits['messageSize'],
        WS_HEARTBEAT_INTERVAL: limits['heartbeatInterval'],
        MAX_SUBSCRIPTIONS: limits['subscriptions'],
        EVENT_REPLAY_MAX_EVENTS: limits['replay'],
        EVENT_REPLAY_ENABLED: server.features['replay'],
        COMPRESSION_ENABLED: server.features['compression'],
        RATE_LIMIT_ENABLED: server.features['rateLimit'],
      });
    },
  },
  {
    name: 'settings',
    needs: ['http'],
    advice: ADVICE,
    look: async (visit) => {
      if (visit.endpoints === undefined) return skipped('give the address of the HTTP endpoints: --http');
      const { status, body } = await visit.endpoints.ask('/status');
      if (status === 401 || status === 403) {
        return skipped('they are told to administrators: give the key that the output AdminKeyArn names, --key');
      }
      if (status !== 200) throw new Fault(`GET /status is answered with ${status}`, 'the log of `monitor` says why');
      const { stage, settings: said } = body as {
        readonly stage: string;
        readonly settings: {
          readonly shards: number;
          readonly replay: { readonly retention: number };
          /** Absent where the stage is of an earlier version. */
          readonly appended?: { readonly enabled: boolean; readonly private: boolean };
        };
      };
      const judged = judge(visit, {
        RABBITMQ_SHARDS: said.shards,
        EVENT_REPLAY_RETENTION_DAYS: said.replay.retention,
        ...(said.appended === undefined
          ? {}
          : { APPENDED_ENABLED: said.appended.enabled, APPENDED_PRIVATE_ENABLED: said.appended.private }),
      });
      return typeof judged === 'string' ? `stage ${stage}, ${judged}` : judged;
    },
  },
];
