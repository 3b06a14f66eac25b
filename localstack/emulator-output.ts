/** What the emulator says about itself, of no use to somebody who runs the service. */
const NOISE = [
  /^\s*$/,
  /^Starting Offline at stage /,
  /^Offline \[[\w ]+\] listening on /,
  /^Function names exposed for local invocation by aws-sdk:/,
  /^\s+\* [\w-]+: [\w-]+$/,
  /^route '[^']*'$/,
  /^received connection$/,
  /^(Running Authorization function for \$connect|Authorization function returned a successful response:) \(λ: /,
  /^Configuring Authorization: /,
  /^Server ready: /,
  // The table of routes. Addresses that are wider than a terminal go on in a line of their own.
  /^\s*[┌│└].*[┐│┘]$/,
  /^\(λ: [\w-]+\) RequestId: /,
  /^(GET|POST|DELETE|PUT|PATCH) \/\S* \(λ: /,
  /^Scheduling \[/,
  /^Successfully invoked scheduled function: \[/,
  /^Authorization response didn't authorize user to access resource: \(λ: /,
  /^[\w.-]+ -> \w+: up to \d+ messages a batch, /,
  /^Enter "rp" to replay /,
  // Told once the emulator has ended.
  /^Cannot start: /,
];

/** Terminal colours and frames around the lines of interest. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what colours are made of
const DECORATION = /\u001b\[[0-9;]*m/g;

/** What every log line has, beside its message and its own facts. */
const LOG_FRAME = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'xray_trace_id',
]);

const readableError = (error: object): string => {
  const { name, message } = error as { name?: unknown; message?: unknown };
  return `${String(name)}: ${String(message)}`;
};

const readableFact = ([name, value]: readonly [string, unknown]): string => {
  if (name === 'error' && typeof value === 'object' && value !== null) return ` (${readableError(value)})`;
  return ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
};

const readableRecord = (record: Record<string, unknown>): string => {
  const time = String(record['timestamp']).slice(11, 23);
  const facts = Object.entries(record).filter(([name]) => !LOG_FRAME.has(name));
  const line = `${time} ${String(record['level']).padEnd(5)} ${String(record['message'])}${facts.map(readableFact).join('')}`;
  const stack = (record['error'] as { stack?: unknown } | undefined)?.stack;
  const isFailure = record['level'] === 'ERROR' || record['level'] === 'CRITICAL';
  // The first line of a stack repeats the message.
  return isFailure && typeof stack === 'string' ? [line, ...stack.split('\n').slice(1)].join('\n') : line;
};

const parseRecord = (line: string): Record<string, unknown> | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isRecord = typeof value === 'object' && value !== null && 'level' in value && 'message' in value;
    return isRecord ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** How the framework begins what is wrong. */
const WRONG = /^[×✖] ?/;

/** A line of the emulator itself, as one of the log. What is indented goes on with the line before. */
const timed = (line: string, now: Date): string => {
  if (/^\s/.test(line)) return line;
  const level = WRONG.test(line) ? 'ERROR' : 'INFO ';
  return `${now.toISOString().slice(11, 23)} ${level} ${line.replace(WRONG, '')}`;
};

/**
 * Makes a line of the emulator's output readable.
 *
 * @param raw - the line, without its end.
 * @param format - `text` for people; `json` leaves the functions' log records as they are, for machines.
 * @param now - for lines that do not say when they were written.
 * @returns what to show, or undefined for nothing.
 */
export const readableLine = (
  raw: string,
  format: 'text' | 'json',
  now: () => Date = () => new Date(),
): string | undefined => {
  const line = raw.replace(DECORATION, '').trimEnd();
  if (NOISE.some((noise) => noise.test(line))) return undefined;
  // What METRICS_EMF=true writes is for CloudWatch.
  if (format === 'text' && line.startsWith('{"_aws":')) return undefined;
  const record = format === 'text' ? parseRecord(line) : undefined;
  if (record !== undefined) return readableRecord(record);
  return format === 'text' ? timed(line, now()) : line;
};

/** What the emulator says before the error that a function threw. */
const UNHANDLED = /^[×✖] ?Unhandled exception in handler '([\w-]+)'\.$/;
/** That error, where a part is away. */
const AWAY = /^[×✖] ?DependencyAway: (\w+) is away/;
/** What it says behind the same error of a function that nobody called. */
const AWAY_AGAIN = /^[×✖] ?Failed to execute scheduled function: \[[\w-]+\] Error: DependencyAway: /;
/** What goes on with the line before. */
const GOES_ON = /^[\s}\]]/;

/** Milliseconds in which the same absence is told once, however many ask meanwhile. */
const ABSENCE = 5_000;

/** What a record warns of, where it is that a part is away. */
const absenceIn = (record: Record<string, unknown> | undefined): string | undefined => {
  const { name, message } = (record?.['error'] ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  return record?.['level'] === 'WARN' && name === 'DependencyAway' ? `${record['message']} ${message}` : undefined;
};

/**
 * Makes the emulator's output readable, line by line. That a function threw since a part is away is one line, as at a restart
 * while clients wait: it comes back by itself, and its stack says nothing. The same is told every few seconds at most.
 *
 * @param format - as for `readableLine`, and `now` likewise.
 * @returns what to show of each line, or undefined for nothing.
 */
export const readableLines = (
  format: 'text' | 'json',
  now: () => Date = () => new Date(),
): ((raw: string) => string | undefined) => {
  let thrower: string | undefined;
  let isOfAway = false;
  const told = new Map<string, number>();
  const isNews = (what: string): boolean => {
    const time = now().getTime();
    if (time - (told.get(what) ?? Number.NEGATIVE_INFINITY) < ABSENCE) return false;
    told.set(what, time);
    return true;
  };
  return (raw) => {
    const line = raw.replace(DECORATION, '').trimEnd();
    if (format === 'json') return readableLine(raw, format, now);
    if (isOfAway && GOES_ON.test(line)) return undefined;
    const [, away] = AWAY.exec(line) ?? [];
    isOfAway = away !== undefined;
    const [before, announced] = [thrower, UNHANDLED.exec(line)?.[1]];
    thrower = announced;
    if (announced !== undefined || AWAY_AGAIN.test(line)) return undefined;
    if (away !== undefined) {
      const what = `${before ?? 'A function'} could not go on: ${away} is away`;
      return isNews(what) ? `${now().toISOString().slice(11, 23)} WARN  ${what}` : undefined;
    }
    const absence = absenceIn(parseRecord(line));
    if (absence !== undefined && !isNews(absence)) return undefined;
    const shown = readableLine(raw, format, now);
    if (before === undefined) return shown;
    return [readableLine(`× Unhandled exception in handler '${before}'.`, format, now), shown]
      .filter(Boolean)
      .join('\n');
  };
};
