import { ClientProcess } from './client-process.ts';
import type { Scenario } from './scenario.ts';
import { ScriptedService } from './service.ts';
import { NotForThisClient, Stage } from './stage.ts';

/** What became of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly verdict: 'kept' | 'left out' | 'broken';
  /** Why it was left out, or what was broken. */
  readonly why?: string;
  /** Events that the client reported, gaps that it declared, connections that it made. */
  readonly events: number;
  readonly gaps: number;
  readonly connections: number;
}

export interface RunSettings {
  /** The client: a program and its arguments. */
  readonly command: readonly string[];
  /** Milliseconds that anything may take. */
  readonly patience: number;
  /** Scenarios that are played at a time, each by a client of its own. */
  readonly clients: number;
}

const play = async (scenario: Scenario, client: ClientProcess, patience: number): Promise<Outcome> => {
  const service = new ScriptedService(scenario.settings);
  const stage = new Stage(service, client, patience);
  const outcome = (verdict: Outcome['verdict'], why?: string): Outcome => ({
    ...{ scenario, verdict, connections: service.connections },
    ...{ events: stage.conversation.events.length, gaps: stage.conversation.gaps.length },
    ...(why === undefined ? {} : { why }),
  });
  const verdict = async (): Promise<Outcome> => {
    try {
      await stage.connect(await service.listen());
      await scenario.play(stage);
      await stage.settle();
      return outcome('kept');
    } catch (error) {
      if (!(error instanceof NotForThisClient)) throw error;
      service.calm();
      await stage.close();
      return outcome('left out', error.message);
    }
  };
  try {
    return await verdict();
  } catch (error) {
    return outcome('broken', (error as Error).message);
  } finally {
    await service.end();
  }
};

/**
 * Puts a client through scenarios.
 *
 * @returns what became of each, in the order in which they ended.
 */
export async function* run(
  scenarios: Iterable<Scenario>,
  { command, patience, clients }: RunSettings,
): AsyncGenerator<Outcome> {
  const rest = scenarios[Symbol.iterator]();
  const done: Outcome[] = [];
  let wake = Promise.withResolvers<void>();
  const worker = async (): Promise<void> => {
    let client: ClientProcess | undefined;
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      client ??= new ClientProcess(command);
      const outcome = await play(next.value, client, patience);
      // Whoever broke something may be anywhere by now.
      if (outcome.verdict === 'broken') {
        await client.end();
        client = undefined;
      }
      done.push(outcome);
      wake.resolve();
    }
    await client?.end();
  };
  let isOver = false;
  const all = Promise.all(Array.from({ length: clients }, worker)).finally(() => {
    isOver = true;
    wake.resolve();
  });
  while (!isOver || done.length > 0) {
    for (let outcome = done.shift(); outcome !== undefined; outcome = done.shift()) yield outcome;
    if (isOver) break;
    await wake.promise;
    wake = Promise.withResolvers();
  }
  await all;
}
