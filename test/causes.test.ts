import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/**
 * Why what was caught is told to nobody, in the order of the file. Everything else that is caught is logged, thrown on, given
 * as the `cause` of another error, or handed to whoever asked.
 */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  'client/src/channel-tracker.ts': ['Who asked has it; only whose turn is next does not care how this one ended.'],
  'client/src/client.ts': [
    'A question whose connection was lost is asked again on the next, and that loss is told by itself.',
  ],
  'client/src/connection-manager.ts': ['The old connection goes on; what ended a new one is found out below.'],
  'client/src/connection.ts': ['Who waits for it hears of it, and nobody need wait.'],
  'client/src/development.ts': [
    'Which address it is, and what was expected, the URL does not say: that is thrown below.',
  ],
  'client/src/handshake-diagnosis.ts': ['What is no JSON is of another service, which is what is told.'],
  'client/src/match/characters.ts': ['What is no category is taken for a script, and the error of that is thrown.'],
  'client/src/reconciler.ts': ['Who waits for it hears of it, and nobody need wait.'],
  'client/src/storage.ts': ['Who awaits the broadcast hears of it, and nobody need.'],
  'client/src/storage/kept-writes.ts': ['What is no JSON the client refuses, which is asked just before.'],
  'client/src/subscription.ts': ['Nobody need wait: what is refused is told as an error, too.'],
  'client/src/tabs/claims.ts': ['A token that cannot be read is nobody’s: the tab stands alone, as its role says.'],
  'client/src/tabs/member.ts': [
    'A lock that is taken away is how another tab begins to lead.',
    'A page that may ask for no lock stands alone, as its role says.',
  ],
  'client/src/tabs/unwrapped.ts': ['The frame itself is handed on, and read again by who tells what is wrong with it.'],
  'functions/connect.ts': ['Why the connection was refused is logged already; the sweeper finds what is left.'],
  'functions/monitor.ts': ['What fails says itself wherever Redis is asked: this comes once a minute.'],
  'lib/composition/monitor.ts': [
    'A management interface that does not answer is no fault of the broker, and its bindings are unknown.',
    'The health says that the broker is away; what is known otherwise is shown all the same.',
  ],
  'lib/composition/status.ts': ['The health, which is shown beside it, says that the broker is away.'],
  'lib/config/credentials.ts': ['Whether it decodes is all that is asked.'],
  'lib/config/section.ts': ['The error may quote the secret.'],
  'lib/gateway/api-gateway.ts': ['The post went well; who asks next finds out.'],
  'lib/gateway/control.ts': ['A socket that is closed already will do.'],
  'lib/gateway/instances.ts': ['An instance is not said to be gone unless that is known.'],
  'lib/ports/retry-policy.ts': ['A try that is followed by another: the last one’s failure is thrown.'],
  'lib/rabbitmq/address.ts': ['Refused with credentials that are no longer true: what the new ones come to is told.'],
  'lib/rabbitmq/confirm-probe.ts': [
    'What failed is told where it was asked for.',
    'What failed is told where it was asked for.',
    'It never opened, or is lost already.',
  ],
  'lib/rabbitmq/declare.ts': ['What was declared is done; a connection that is lost need not be closed.'],
  'lib/rabbitmq/incoming.ts': [
    'What is wrong with the channel is told by who reads it next.',
    'Only a foreign publisher can send it, and nobody waits to be welcomed.',
  ],
  'lib/rabbitmq/parked.ts': [
    'The step under way fails by itself.',
    'A connection that is lost need not be closed.',
    'A channel that is lost need not be closed; why is thrown.',
    'A channel that is lost need not be closed.',
    'The step under way fails by itself.',
  ],
  'lib/rabbitmq/publisher.ts': ['It was lost already, or never opened.'],
  'lib/rabbitmq/queues.ts': [
    'What failed is told where it was asked for.',
    'What failed is told where it was asked for.',
    'It never opened, or is lost already.',
  ],
  'lib/rabbitmq/room.ts': ['There may be no room: then it is published carefully, which says what is wrong.'],
  'lib/rabbitmq/shown-parked.ts': ['A body that is no text is shown as none.'],
  'lib/redis/bell.ts': [
    'A ring may be lost: whoever waits for events looks for them all the same.',
    'Whoever waits for events looks for them all the same.',
  ],
  'lib/redis/counters.ts': ['Whoever made the trip is told that Redis is away; counts wait for the next one.'],
  'lib/redis/health-reports.ts': ['Another version wrote it: it is as if it were not there.'],
  'lib/redis/limited.ts': ['Another version wrote it: it is as if it were not there.'],
  'lib/redis/past.ts': ['Another version wrote it: it is as if it were not there.'],
  'lib/redis/scratch.ts': ['An answer that is not forgotten now goes by itself.'],
  'lib/redis/telling.ts': ['What cannot be foreseen earlier is told later.'],
  'lib/sync/announce/announce-history.ts': ['Why it went no further is thrown; where it came to is a help only.'],
  'lib/sync/announce/announce.ts': [
    'It comes up again at once, and the next look finds out why.',
    'Another has begun, and goes on from where this one was.',
  ],
  'lib/sync/close.ts': ['The gateway is away, which every post says; the socket is left to the sweeper.'],
  'lib/sync/consume/pull.ts': ['Why it failed is thrown; a lease that is not given back ends by itself.'],
  'lib/sync/consume/waiting.ts': [
    'What is no channel is looked at as if it were heard.',
    'It is looked now and then all the same; where Redis is away, the look says so.',
  ],
  'lib/sync/deliver.ts': [
    'The first failure is thrown.',
    'What cannot be noted is posted again, and the failure of the batch is thrown.',
  ],
  'lib/sync/fan-out.ts': ['It is awaited below, and thrown there.'],
  'lib/sync/look-for.ts': ['Whether the connection is there is unknown, which is the answer.'],
  'lib/sync/merge-pages.ts': ['It is awaited below, and thrown there.'],
  'lib/sync/ping.ts': ['Where it cannot be noted, the sweeper asks the gateway.'],
  'lib/sync/probes.ts': [
    'The report that is made instead says that Redis is away.',
    'Whoever asks next finds out by itself.',
  ],
  'lib/sync/progress.ts': ['Whoever posts on finds out by itself that the turn is over, or Redis away.'],
  'lib/sync/receive.ts': ['The frame is refused anyway; whether it was a batch that can be read says only how often.'],
  'lib/sync/sweep.ts': ['The gateway is away, which the report counts; the connection is looked at again.'],
  'lib/sync/with-timeout.ts': ['The pause may end after the step has, and then concerns nobody.'],
};

/** What stands between a brace and the one that closes it. */
const blockFrom = (source: string, start: number): string => {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (source[at] === '{') depth++;
    else if (source[at] === '}' && --depth === 0) return source.slice(start, at + 1);
  }
  return source.slice(start);
};

const CAUGHT = /\bcatch (?:\((\w+)[^)]*\) )?\{|\.catch\(\s*(?:async )?\(\)|\.on(?:ce)?\('error', \(\)/g;

/** Whether a block makes use of what was caught, other than to ask what it is, or to throw what is not for it. */
const uses = (block: string, name: string): boolean =>
  new RegExp(String.raw`\b${name}\b`).test(
    block
      .replace(/\/\/.*/g, '')
      .replaceAll(new RegExp(String.raw`if \([^;{]*\)\s*throw ${name};`, 'g'), '')
      .replaceAll(new RegExp(String.raw`\b${name} instanceof \w+|\bis[A-Z]\w*\(${name}\b[^)]*\)`, 'g'), ''),
  );

/** The lines on which something is caught and told to nobody. */
const untold = (source: string): readonly number[] =>
  [...source.matchAll(CAUGHT)].flatMap(({ 0: text, 1: name, index }) => {
    const isTold = name !== undefined && uses(blockFrom(source, index + text.length - 1), name);
    return isTold ? [] : [source.slice(0, index).split('\n').length];
  });

const SOURCES = ['lib', 'functions', 'client/src'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name)),
);

describe('what is caught is told, or it is said here why not', () => {
  it.each(SOURCES)('%s', (file) => {
    const lines = untold(readFileSync(path.join(ROOT, file), 'utf8'));
    const reasons = UNTOLD[file] ?? [];
    expect(lines.map((line, i) => reasons[i] ?? `line ${line} has no reason`)).toEqual(reasons);
  });

  it('of files that are there, in sentences', () => {
    expect(Object.keys(UNTOLD).filter((file) => !SOURCES.includes(file))).toEqual([]);
    for (const reason of Object.values(UNTOLD).flat()) expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    ['try { a(); } catch { b(); }', 1],
    ['try { a(); } catch (error) { return undefined; }', 1],
    ['try { a(); } catch (error) { if (isPassing(error)) throw error; return undefined; }', 1],
    ['try { a(); } catch (error) { if (error instanceof Away) { b(); } }', 1],
    ['a().catch(() => undefined);', 1],
    ["client.on('error', () => undefined);", 1],
    ['try { a(); } catch (error) { throw new Other("x", { cause: error }); }', 0],
    ['try { a(); } catch (cause) { throw new Other("x", { cause }); }', 0],
    ['try { a(); } catch (error) { if (isPassing(error)) throw error; onFailure(error); }', 0],
    ['try { a(); } catch (error) { b(); throw error; }', 0],
    ['a().catch((error: unknown) => logger.warn("x", error));', 0],
    ['a().catch(onFailure);', 0],
  ])('would find what is planted: %s', (source, count) => {
    expect(untold(source)).toHaveLength(count);
  });
});
