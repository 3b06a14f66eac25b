import { composeAnswers } from './compose.ts';
import { SERVER_KINDS, SERVERS, type ServerKind } from './kinds.ts';
import type { Machine } from './machine.ts';
import { installPackages } from './packages.ts';

/** Where a server comes from. */
export type Source =
  | { readonly from: 'address'; readonly url: string }
  | { readonly from: 'program'; readonly path: string }
  | { readonly from: 'compose' };

export type Sources = Readonly<Record<ServerKind, Source>>;

/** There is no way to get a server on this machine. The message says what to do. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';

  /**
   * @param missing - the servers there is no way to get.
   * @param attempts - what was tried and how it went.
   */
  constructor(missing: readonly ServerKind[], attempts: readonly string[]) {
    const names = missing.map((kind) => SERVERS[kind].name).join(' and ');
    const variables = missing.map((kind) => SERVERS[kind].variable).join(' and ');
    const programs = missing.map((kind) => SERVERS[kind].program).join(' and ');
    super(
      [
        `${names} cannot be found or installed on this machine:`,
        ...attempts.map((attempt) => `  - ${attempt}`),
        'Do one of these, then start again:',
        `  - set ${variables} in the environment or in .env to the address of a server that runs`,
        `  - install ${programs}, so that ${missing.length > 1 ? 'they are' : 'it is'} in PATH`,
        '  - start Docker, with its compose plugin',
      ].join('\n'),
    );
  }
}

const entries = (kinds: readonly ServerKind[], source: (kind: ServerKind) => Source | undefined) =>
  kinds.flatMap((kind) => {
    const found = source(kind);
    return found === undefined ? [] : [[kind, found] as const];
  });

/**
 * Decides for each server where it comes from: the address given; else a program on this machine; else Docker Compose;
 * else a program that the machine's package manager installs now.
 *
 * @param machine - where to look.
 * @param addresses - the addresses given, if any.
 * @param report - told what is about to be installed, and the progress of it.
 * @throws NoServerError if one of them cannot be had.
 */
export const chooseSources = async (
  machine: Machine,
  addresses: Readonly<Partial<Record<ServerKind, string>>>,
  report: (line: string) => void,
): Promise<Sources> => {
  const sources = new Map<ServerKind, Source>();
  const missing = () => SERVER_KINDS.filter((kind) => !sources.has(kind));
  const add = (source: (kind: ServerKind) => Source | undefined) => {
    for (const [kind, found] of entries(missing(), source)) sources.set(kind, found);
  };
  const program = (kind: ServerKind): Source | undefined => {
    const path = machine.find(SERVERS[kind].program, SERVERS[kind].directories);
    return path === undefined ? undefined : { from: 'program', path };
  };

  add((kind) => {
    const url = addresses[kind];
    return url === undefined ? undefined : { from: 'address', url };
  });
  add(program);

  const attempts: string[] = [];
  if (missing().length > 0) {
    const answer = await composeAnswers(machine);
    if (answer.available) add(() => ({ from: 'compose' }));
    else attempts.push(answer.reason);
  }
  if (missing().length > 0) {
    attempts.push(
      await installPackages(
        machine,
        missing().map((kind) => SERVERS[kind]),
        report,
      ),
    );
    add(program);
  }

  const redis = sources.get('redis');
  const rabbitmq = sources.get('rabbitmq');
  if (redis === undefined || rabbitmq === undefined) throw new NoServerError(missing(), attempts);
  return { redis, rabbitmq };
};
