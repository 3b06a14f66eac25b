import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/index.ts';
import { isInBackground } from './background.ts';
import { COMMAND_NAMES, Session } from './commands.ts';
import { nothingIsAwaited } from './leaving.ts';
import { StreamScreen } from './screen.ts';
import { statusUrlOf } from './status-url.ts';

const USAGE = `Usage: npm run client -- [--url URL] [--user test-user] [--token TOKEN] [--http URL]
--url is where the service is; that of npm start here, by WS_PORT, unless given.
--http is where the HTTP endpoints are, for the command status; of a service on this machine it is found by itself.
Commands at the prompt or in a pipe, one a line; help lists them.`;

const HISTORY = path.join(import.meta.dirname, '../../.local/client-history');
const MOST_HISTORY = 500;

const readHistory = (): string[] =>
  existsSync(HISTORY) ? readFileSync(HISTORY, 'utf8').split('\n').filter(Boolean) : [];

const writeHistory = (lines: readonly string[]): void => {
  mkdirSync(path.dirname(HISTORY), { recursive: true });
  writeFileSync(HISTORY, `${lines.slice(0, MOST_HISTORY).join('\n')}\n`);
};

const completing =
  (session: Session) =>
  (line: string): [string[], string] => {
    const words = line.split(/\s+/);
    const last = words.at(-1) ?? '';
    const known = words.length < 2 ? COMMAND_NAMES : session.texts;
    return [known.filter((name) => name.startsWith(last)), last];
  };

/** Does the lines of an input one after the other. @returns how many there were, and whether all succeeded. */
const obey = async (session: Session, lines: Interface): Promise<{ readonly count: number; readonly ok: boolean }> => {
  let count = 0;
  let ok = true;
  for await (const line of lines) {
    if (line.trim() !== '') count++;
    ok = (await session.execute(line)) && ok;
    if (session.hasQuit) break;
    if (process.stdin.isTTY) lines.prompt();
  }
  return { count, ok };
};

const atPrompt = async (session: Session, screen: StreamScreen): Promise<void> => {
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: '> ',
    history: readHistory(),
    historySize: MOST_HISTORY,
    completer: completing(session),
  });
  lines.on('history', writeHistory);
  lines.on('SIGINT', () => lines.close());
  screen.redraw = () => lines.prompt(true);
  lines.prompt();
  await obey(session, lines);
  screen.redraw = () => undefined;
  await session.quit();
};

const fromPipe = async (session: Session): Promise<void> => {
  const { count, ok } = await obey(session, createInterface({ input: process.stdin }));
  if (session.hasQuit || count > 0) {
    await nothingIsAwaited(session, systemClock);
    await session.quit();
    process.exitCode = ok ? 0 : 1;
  }
  // With no input at all it was started to stay connected.
};

/**
 * The client to type at: reads the command line of this process, and obeys what is typed, or comes through a pipe.
 *
 * @param addressesHere - says where the service is that is meant where no address is given.
 * @throws Error for a command line that is not usable; whatever `addressesHere` throws.
 */
export const terminal = async (addressesHere: () => { readonly url: string; readonly http: string }): Promise<void> => {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      user: { type: 'string', default: 'test-user' },
      token: { type: 'string' },
      http: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const place = values.url === undefined ? addressesHere() : { url: values.url, http: undefined };
  const { url } = place;
  const http = values.http ?? place.http;
  if (!/^wss?:$/.test(URL.parse(url)?.protocol ?? '')) throw new Error(`--url: expected ws://… or wss://…\n${USAGE}`);
  if (http !== undefined && !/^https?:$/.test(URL.parse(http)?.protocol ?? ''))
    throw new Error(`--http: expected http://… or https://…\n${USAGE}`);
  const screen = new StreamScreen(process.stdout);
  const { user, token } = values;
  const options = { url, user, ...(token === undefined ? {} : { token: () => token }) };
  const session = new Session(options, statusUrlOf(url, http), screen);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void session.quit());

  const connected = session.execute('connect');
  if (process.stdin.isTTY && isInBackground()) return;
  if (process.stdin.isTTY) {
    screen.line(`realtime-sync at ${url}; help lists the commands`);
    await atPrompt(session, screen);
    return;
  }
  await connected;
  await fromPipe(session);
};
