import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFor } from '../programs.ts';
import { randomScenario } from './client/random.ts';
import { type Outcome, run } from './client/run.ts';
import type { Scenario } from './client/scenario.ts';
import { SCENARIOS } from './client/scenarios/all.ts';
import { FINDINGS } from './toys/faults.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const CLIENTS = 4;

/** Milliseconds that anything of a client may take that does what it should. */
const PATIENCE = 60_000;

/** Milliseconds after which what a wrong client owes is taken never to come: each test of one waits for so long. */
const IMPATIENCE = 10_000;

const program = (file: string): readonly string[] => [process.execPath, path.join(import.meta.dirname, file)];

const outcomesOf = async (
  command: readonly string[],
  scenarios: readonly Scenario[],
  patience = PATIENCE,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  for await (const outcome of run(scenarios, { command, patience, clients: CLIENTS })) outcomes.push(outcome);
  return outcomes;
};

/** What was not kept, in words. */
const complaints = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter(({ verdict }) => verdict !== 'kept')
    .map(({ scenario, verdict, why }) => `${verdict}: ${scenario.name}: ${why}`);

/** What a client did not keep that knows by itself what an event fits: it is put through no scenario of what events name. */
const complaintsOfMatcher = (outcomes: readonly Outcome[]): readonly string[] =>
  complaints(outcomes).filter((complaint) => !complaint.endsWith(': it did not declare matched'));

const scenariosNamed = (...beginnings: readonly string[]): readonly Scenario[] =>
  beginnings.map((beginning) => {
    const scenario = SCENARIOS.find(({ name }) => name.startsWith(beginning));
    if (scenario === undefined) throw new Error(`No scenario begins with ${beginning}`);
    return scenario;
  });

/** Scenarios of chance that are played, the first of this seed. */
const [RUNS, SEED] = [10, 1];
const chance = Array.from({ length: RUNS }, (_, n) => randomScenario(SEED + n));

describe('conformance for clients', () => {
  it('cites clauses that the protocol has', () => {
    const protocol = readFileSync(path.join(ROOT, 'docs/protocol.md'), 'utf8');
    for (const { clauses } of [...SCENARIOS, ...chance])
      for (const clause of clauses) expect(protocol).toContain(`**${clause}**`);
  });

  it('is passed by the library', async () => {
    const outcomes = await outcomesOf(program('library/main.ts'), [...SCENARIOS, ...chance]);
    expect(complaintsOfMatcher(outcomes)).toEqual([]);
    const random = outcomes.filter(({ scenario }) => scenario.name.startsWith('seed'));
    const sum = (of: 'events' | 'gaps' | 'connections') => random.reduce((all, outcome) => all + outcome[of], 0);
    // The scenarios of chance are worth something.
    expect(sum('events')).toBeGreaterThan(50 * RUNS);
    expect(sum('gaps')).toBeGreaterThan(RUNS / 2);
    expect(sum('connections')).toBeGreaterThan(2 * RUNS);
  });

  it('is passed by a client in Python that was written from the guide', async (context) => {
    const python = await programFor(['python3'], { aptPackage: 'python3', brewFormula: 'python' }).catch(
      (error: Error) => context.skip(`left out, since there is no Python: ${error.message}`),
    );
    // -B: nothing is written beside the sources.
    const outcomes = await outcomesOf(
      [python, '-B', path.join(import.meta.dirname, 'python/main.py')],
      [...SCENARIOS, ...chance],
    );
    expect(complaintsOfMatcher(outcomes)).toEqual([]);
  });

  it.concurrent.each(FINDINGS)('finds a client that %s', async (fault, { by, said, isAwaited }) => {
    const patience = isAwaited ? IMPATIENCE : PATIENCE;
    const outcomes = await outcomesOf([...program('toys/faulty.ts'), fault], scenariosNamed(by), patience);
    expect(complaints(outcomes).join('\n')).toContain(said);
  });

  it('finds a client that believes every frame, and lets pass what it does right', async () => {
    const right = scenariosNamed(
      'events of a channel',
      'a channel that a pattern matches',
      'private events are counted',
    );
    const wrong = scenariosNamed('an event that comes twice', 'events that overtake', 'an event that was lost');
    expect(complaints(await outcomesOf(program('toys/naive.ts'), right))).toEqual([]);
    const outcomes = await outcomesOf(program('toys/naive.ts'), wrong, IMPATIENCE);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(wrong.map(() => 'broken'));
  });

  it('lets a client pass that has no matcher, and finds those that do not heed what an event names', async () => {
    const scenarios = SCENARIOS.filter(({ clauses }) => clauses.includes('E-9'));
    expect(scenarios.length).toBeGreaterThan(2);
    const said = async (how: string) =>
      complaints(await outcomesOf([...program('toys/naive.ts'), how], scenarios)).join('\n');
    expect(await said('those that are named')).toBe('');
    expect(await said('all')).toContain('heard for memory:*, which it does not fit: task:opened');
    expect(await said('the first alone')).toContain('not heard for task:*: task:opened');
  });

  it('leaves out what a client does not declare', async () => {
    const [outcome] = await outcomesOf(program('toys/naive.ts'), scenariosNamed('what comes in chunks'));
    expect(outcome?.verdict).toBe('left out');
    expect(outcome?.why).toContain('chunk');
  });
});
