import * as v from 'valibot';
import { hasCredentials, withCredentials, withEncodedCredentials } from './credentials.ts';

/** What is said of a setting besides its form. */
export interface Notes {
  /** What it is for, in a sentence or two of Markdown. Bundles go without it: serverless/bundle/leave-out.ts. */
  readonly about: string;
  /** The setting, and its value, with which alone it takes effect. */
  readonly only?: readonly [name: string, value: string];
  /** False where nobody sets it on a laptop. */
  readonly laptop?: false;
  /** Who sets it in a container, where .env and the shell do not: docker-compose.yml by itself, or nobody. */
  readonly container?: 'compose' | 'nobody';
  /** Who sets it in a deployed stage, where no parameter does: the stage by itself, Lambda, or nobody. */
  readonly deployed?: 'stage' | 'lambda' | 'nobody';
  /** The name of its parameter, where that is not the variable’s in camel case. */
  readonly parameter?: string;
}

/** A variable of the environment: how its text is checked and parsed, and what is said of it. */
export interface Setting<T = unknown> {
  /** Of the variable. */
  readonly name: string;
  /** Checks and parses the text; of a variable that is not set, it gives the default. */
  readonly schema: v.GenericSchema<string | undefined, T>;
  /** The text that stands for a variable that is not set. */
  readonly fallback?: string;
  /** What a text must be, for messages and the reference. */
  readonly expected: string;
  /** Whether it may not stand in a template, which refers to it instead. */
  readonly secret?: true;
  /** Where its secret may be kept instead. */
  readonly kept?: Kept;
  readonly notes: Notes;
}

/** How a secret that is kept in Secrets Manager makes a setting’s text, or completes it. */
export interface Kept {
  /** Names the secret. */
  readonly variable: Setting<string | undefined>;
  /** What the secret must be, for messages. */
  readonly expected: string;
  /** A secret of that form. */
  readonly example: string;
  /** Whether what the setting’s own variable says leaves nothing to a secret. */
  readonly isWhole: (said: string) => boolean;
  /** The setting’s text. @throws Error where the secret is not of its form. */
  readonly complete: (said: string | undefined, secret: string) => string | undefined;
}

/*
 * The forms a setting can have. Each takes the variable’s name first, and what is said of it last. Bundlers are told that
 * they do nothing else, so that a function carries the settings it reads and no others.
 */

type Text<T> = v.GenericSchema<string, T>;

const required = <T>(name: string, schema: Text<T>, expected: string, notes: Notes): Setting<T> => ({
  name,
  schema: schema as v.GenericSchema<string | undefined, T>,
  expected,
  notes,
});

const optional = <T>(name: string, schema: Text<T>, expected: string, notes: Notes): Setting<T | undefined> => ({
  name,
  schema: v.optional(schema) as v.GenericSchema<string | undefined, T | undefined>,
  expected,
  notes,
});

const defaulted = <T>(name: string, schema: Text<T>, fallback: string, expected: string, notes: Notes): Setting<T> => ({
  name,
  schema: v.optional(schema, fallback),
  fallback,
  expected,
  notes,
});

/** Characters of a setting that is compared with a form. The length comes first: it is what makes a comparison long. */
const MOST_CHARACTERS = 65_536;

/** Any text; not set where there is none. */
/* @__NO_SIDE_EFFECTS__ */
export const text = (name: string, notes: Notes) => optional(name, v.string(), 'a text', notes);

/** Any text. */
/* @__NO_SIDE_EFFECTS__ */
export const textOr = (name: string, fallback: string, notes: Notes) =>
  defaulted(name, v.string(), fallback, 'a text', notes);

/** A text of a certain form. */
/* @__NO_SIDE_EFFECTS__ */
export const textLike = (name: string, fallback: string, form: RegExp, expected: string, notes: Notes) =>
  defaulted(name, v.pipe(v.string(), v.maxLength(MOST_CHARACTERS), v.regex(form)), fallback, expected, notes);

/** A time; not set where it is not given. Read as milliseconds since 1970. */
/* @__NO_SIDE_EFFECTS__ */
export const instant = (name: string, notes: Notes) => {
  const time = v.pipe(
    v.string(),
    v.transform((value) => Date.parse(value)),
    v.number(),
  );
  return optional(name, time, 'a time, such as 2026-01-31T12:00:00Z', notes);
};

/** A whole number within limits, both included; read times `unit`: a number of seconds as milliseconds, with 1,000. */
/* @__NO_SIDE_EFFECTS__ */
export const integer = (name: string, fallback: number, least: number, most: number, notes: Notes, unit = 1) => {
  const number = v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/),
    v.transform(Number),
    v.minValue(least),
    v.maxValue(most),
    v.transform((value) => value * unit),
  );
  return defaulted(name, number, String(fallback), `a whole number from ${least} to ${most}`, notes);
};

/** A whole number within limits, both included, or a word instead. */
/* @__NO_SIDE_EFFECTS__ */
export const integerOr = <const W extends string>(
  word: W,
  ...[name, fallback, least, most, notes]: Parameters<typeof integer>
): Setting<number | W> => {
  const number = integer(name, fallback, least, most, notes);
  const schema = v.union([v.literal(word), number.schema as Text<number>]);
  return defaulted<number | W>(name, schema, String(fallback), `${number.expected}, or ${word}`, notes);
};

/** A number within limits, both included, with up to four digits behind its point. */
/* @__NO_SIDE_EFFECTS__ */
export const decimal = (name: string, fallback: number, least: number, most: number, notes: Notes) => {
  const number = v.pipe(
    v.string(),
    v.regex(/^\d{1,12}(\.\d{1,4})?$/),
    v.transform(Number),
    v.minValue(least),
    v.maxValue(most),
  );
  return defaulted(name, number, String(fallback), `a number from ${least} to ${most}`, notes);
};

/* @__NO_SIDE_EFFECTS__ */
export const flag = (name: string, fallback: boolean, notes: Notes) => {
  const either = v.pipe(
    v.picklist(['true', 'false']),
    v.transform((value) => value === 'true'),
  );
  return defaulted(name, either, String(fallback), 'true or false', notes);
};

/** One of some texts. */
/* @__NO_SIDE_EFFECTS__ */
export const choice = <const T extends readonly [string, ...string[]]>(
  name: string,
  options: T,
  fallback: T[number],
  notes: Notes,
) => defaulted<T[number]>(name, v.picklist(options), fallback, `one of ${options.join(', ')}`, notes);

/**
 * A secret of at least so many bytes of UTF-8; not set where there is none. A space or a line break at its beginning or end
 * came there by a slip, as from a file: what others have is the secret without it.
 *
 * @param sent - it stands in a header, which carries no other characters than those of `HEADER_TEXT`.
 */
/* @__NO_SIDE_EFFECTS__ */
export const secret = (name: string, least: number, notes: Notes, sent = false): Setting<string | undefined> => {
  const isUsable = (value: string): boolean =>
    new TextEncoder().encode(value).length >= least &&
    value.trim() === value &&
    (!sent || (value.length <= MOST_SENT && HEADER_TEXT.test(value)));
  const size = sent ? `${least} to ${MOST_SENT} bytes of ASCII` : `at least ${least} bytes`;
  const expected = `${size}, without a space or line break at its beginning or end`;
  return { ...optional(name, v.pipe(v.string(), v.check(isUsable)), expected, notes), secret: true };
};

/** Secrets separated by spaces, each of at least so many bytes of UTF-8; not set where there is none. */
/* @__NO_SIDE_EFFECTS__ */
export const secrets = (name: string, least: number, notes: Notes): Setting<readonly string[] | undefined> => {
  const { schema } = secret(name, least, notes);
  const each = v.pipe(
    v.string(),
    v.check((value) => value.trim() === value),
    v.transform((value) => value.split(/\s+/)),
    v.array(
      v.pipe(
        v.string(),
        v.check((value) => v.is(schema, value)),
      ),
    ),
  );
  const expected = `one or several separated by spaces, each of at least ${least} bytes`;
  return { ...optional<readonly string[]>(name, each, expected, notes), secret: true };
};

/**
 * Bytes of a value that a client sends in a header. API Gateway takes 10,240 of a request line and all headers together.
 * Source: Amazon API Gateway Developer Guide, "Quotas for configuring and running an HTTP API".
 */
const MOST_SENT = 8_192;

/** Printable ASCII: what a header carries as it is, from every client. */
const HEADER_TEXT = /^[ -~]*$/;

/**
 * Texts separated by spaces, each of a certain form; none where it is not set.
 *
 * @param separator - instead of spaces.
 * @param normalise - makes of a text that one of the same meaning which is compared with; before its form is looked at.
 */
/* @__NO_SIDE_EFFECTS__ */
export const list = (
  name: string,
  form: RegExp,
  expected: string,
  notes: Notes,
  separator = /\s+/,
  normalise = (text: string): string => text,
) => {
  const texts = v.pipe(
    v.string(),
    v.maxLength(MOST_CHARACTERS),
    v.transform((value) => value.trim().split(separator).map(normalise)),
    v.array(v.pipe(v.string(), v.regex(form))),
  );
  return optional<readonly string[]>(name, texts, expected, notes);
};

/**
 * An origin as browsers send it: in small letters, without the port that its scheme has anyway, and without a path.
 *
 * @returns the empty text for one that has more than an origin has, and which no browser sends.
 */
export const normalOrigin = (text: string): string => {
  if (text === '*' || !URL.canParse(text)) return text;
  const { origin, username, password, pathname, search, hash } = new URL(text);
  return [username, password, search, hash].some((part) => part !== '') || pathname !== '/' ? '' : origin;
};

const address = (protocols: readonly string[]) =>
  v.pipe(
    v.string(),
    v.transform(withEncodedCredentials),
    v.check(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol) && new URL(value).host !== '',
    ),
  );

/** An address that must be given. */
/* @__NO_SIDE_EFFECTS__ */
export const url = (name: string, protocols: readonly string[], expected: string, notes: Notes) =>
  required(name, address(protocols), expected, notes);

/** An address; not set where there is none. */
/* @__NO_SIDE_EFFECTS__ */
export const urlIfAny = (name: string, protocols: readonly string[], expected: string, notes: Notes) =>
  optional(name, address(protocols), expected, notes);

/** An ARN of Secrets Manager. Source: "Secret ARN format", AWS Secrets Manager User Guide. */
const SECRET_ARN = /^arn:[a-z-]{1,32}:secretsmanager:[a-z\d-]{1,32}:\d{12}:secret:[\w/+=.@-]{1,519}$/;

const arn = v.pipe(v.string(), v.maxLength(1_024), v.regex(SECRET_ARN));
const AN_ARN = 'the ARN of a secret of Secrets Manager';

/** What is wrong with the name of a secret, if anything is. It may be the secret, by a slip, and is not shown. */
export const problemOfArn = (variable: string, text: string): string | undefined =>
  v.is(arn, text) ? undefined : `${variable} is not usable; expected ${AN_ARN}`;

/** The name of a secret; not set where there is none. */
/* @__NO_SIDE_EFFECTS__ */
export const secretArn = (name: string, notes: Notes) => optional(name, arn, AN_ARN, notes);

type Completion = Omit<Kept, 'variable'>;

/** Of any length that a secret may have to have. */
const EXAMPLE = 'x'.repeat(64);

/** The secret is the setting. */
/* @__NO_SIDE_EFFECTS__ */
const whole = ({ expected }: Setting): Completion => ({
  expected,
  example: EXAMPLE,
  isWhole: () => true,
  complete: (_, secret) => secret,
});

const login = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ username: v.string(), password: v.pipe(v.string(), v.nonEmpty()) }),
);

const LOGIN = {
  expected: 'JSON with the texts `username` and `password`',
  example: `{"username":"x","password":"${EXAMPLE}"}`,
};

/** Of a secret that is a user with a password, the password is the setting. */
/* @__NO_SIDE_EFFECTS__ */
export const passwordOfLogin = ({ expected }: Setting): Completion => ({
  ...LOGIN,
  expected: `${LOGIN.expected}, the latter of ${expected}`,
  isWhole: () => true,
  complete: (__, secret) => v.parse(login, secret).password,
});

/** The secret is a user with a password, which the address lacks. */
/* @__NO_SIDE_EFFECTS__ */
export const loginOfAddress = (_: Setting): Completion => ({
  ...LOGIN,
  isWhole: hasCredentials,
  complete: (said, secret) => {
    const { username, password } = v.parse(login, secret);
    return said === undefined ? undefined : withCredentials(said, username, password);
  },
});

const password = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((value) => value.trim() === value),
);

/** The secret is a password, which the address lacks. */
/* @__NO_SIDE_EFFECTS__ */
export const passwordOfAddress = (_: Setting): Completion => ({
  expected: 'a password, without a space or line break at its beginning or end',
  example: EXAMPLE,
  isWhole: hasCredentials,
  complete: (said, secret) => {
    const parsed = v.parse(password, secret);
    return said === undefined ? undefined : withCredentials(said, '', parsed);
  },
});

/**
 * A setting whose secret may be kept in Secrets Manager instead.
 *
 * @param variable - names the secret.
 * @param completion - says what the secret is to the setting.
 */
/* @__NO_SIDE_EFFECTS__ */
export const keptIn = <T>(
  variable: Setting<string | undefined>,
  setting: Setting<T>,
  completion: (setting: Setting) => Completion = whole,
): Setting<T> & { readonly kept: Kept } => ({ ...setting, kept: { variable, ...completion(setting) } });
