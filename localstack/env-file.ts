/** A `.env` file as it was read: the values by their names, the line each stands in, and what could not be read. */
export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** The line that sets a name, counted from 1; of several the last, which counts. */
  readonly lines: Readonly<Record<string, number>>;
  /** Of a name that is set several times to different values, all its lines. */
  readonly repeated: Readonly<Record<string, readonly number[]>>;
  readonly problems: readonly string[];
  /** Names whose lines could not be read. */
  readonly unread: readonly string[];
}

const NAME_AND_REST = /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/;
const QUOTES = ['"', "'", '`'];
/** A comment needs a space before it: `#` stands in passwords and in addresses. */
const COMMENT = /\s#.*/s;
/** What a backslash means within double quotes; before any other letter it is a backslash, as in a path of Windows. */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

const BYTE_ORDER_MARKS = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/**
 * Decodes a file as editors and shells leave it: UTF-8, or UTF-16 with a byte-order mark, which PowerShell writes.
 *
 * @throws TypeError if it is neither.
 */
const decode = (bytes: Uint8Array): string => {
  const marked = BYTE_ORDER_MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  // The decoder leaves out a byte-order mark.
  return new TextDecoder(marked?.encoding ?? 'utf-8', { fatal: true }).decode(bytes);
};

/** Where the quote that begins a text is closed; -1 where it is not. Within double quotes a backslash hides a quote. */
const closingQuote = (text: string): number => {
  const [quote] = text;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
};

type Read = { readonly value: string } | { readonly problem: string };

/** @param written - what stands behind `=`. */
const readValue = (written: string): Read => {
  const text = written.trimStart();
  const quote = text.charAt(0);
  if (!QUOTES.includes(quote)) return { value: written.replace(COMMENT, '').trim() };
  const end = closingQuote(text);
  if (end === -1) return { problem: `the quote ${quote} is not closed on its line` };
  const behind = text.slice(end + 1);
  if (!/^\s*(#|$)/.test(behind)) return { problem: `something stands behind the closing quote ${quote}` };
  const inside = text.slice(1, end);
  if (quote !== '"') return { value: inside };
  return { value: inside.replace(/\\(.)/g, (both, letter: string) => ESCAPES[letter] ?? both) };
};

/** Other forms in which people set a variable, each with the name in it. */
const FORMS_OF_OTHERS = [
  /^(?:set|setx|setenv)\s+"?([A-Za-z_]\w*)/i,
  /^\$(?:env:)?([A-Za-z_]\w*)\s*=/i,
  /^"?([A-Za-z_]\w*)"?\s*:/,
];

/** What to write instead of a line of another form. What the line holds is not shown: it may be a secret. */
const advice = (line: string): string => {
  if (line.startsWith('{')) return '; it looks like JSON, of which each name wants a line NAME=value';
  const [name] = FORMS_OF_OTHERS.flatMap((form) => form.exec(line)?.[1] ?? []);
  return name === undefined ? '' : `; write ${name}=value`;
};

/**
 * Reads a `.env` file as people write it: quotes of three kinds, comments, `export`, spaces around `=`, lines that end as
 * on any system, a byte-order mark. A value is what is written: nothing begins at a `$`, and a `#` begins a comment only
 * behind a space.
 *
 * @param bytes - of the file.
 * @returns what it sets. A line that cannot be read sets nothing and is a problem, named by its number.
 */
export const parseEnvFile = (bytes: Uint8Array): EnvFile => {
  const values: Record<string, string> = {};
  const lines: Record<string, number> = {};
  const repeated: Record<string, number[]> = {};
  const problems: string[] = [];
  const unread: string[] = [];
  let text = '';
  try {
    text = decode(bytes);
  } catch {
    problems.push('the file is not text in UTF-8 or UTF-16');
  }
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, rest = ''] = NAME_AND_REST.exec(line) ?? [];
    if (name === undefined) {
      // The line may hold a secret, so it is not shown.
      problems.push(`line ${index + 1} is not of the form NAME=value${advice(line)}`);
      continue;
    }
    const read = readValue(rest);
    if ('problem' in read) {
      problems.push(`line ${index + 1}, ${name}: ${read.problem}`);
      unread.push(name);
      continue;
    }
    const before = lines[name];
    if (before !== undefined && values[name] !== read.value)
      repeated[name] = [...(repeated[name] ?? [before]), index + 1];
    values[name] = read.value;
    lines[name] = index + 1;
  }
  return { values, lines, repeated, problems, unread };
};
