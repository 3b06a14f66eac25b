// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of sources.

import { WEAKNESSES } from '../../lib/config/weakness.ts';
import { UNPRINTABLE } from '../../lib/protocol/grammar.ts';
import { NAME } from '../../lib/protocol/well-formed.ts';

/** What bounds the texts of an expression: a check that stands in front of it. */
interface Bound {
  readonly file: string;
  /** What stands there. */
  readonly text: string;
}

/** An expression that is not linear, or cannot be proved to be, and why it holds up nobody. */
interface Slow {
  readonly file: string;
  readonly text: string;
  readonly reads: string;
  readonly bound?: Bound;
}

const PATTERN: Bound = { file: 'lib/protocol/pattern.ts', text: 'if (isLongerThan(text, MAX_PATTERN_LENGTH))' };

export const SLOW: readonly Slow[] = [
  { file: 'lib/protocol/regex.ts', text: '/\\\\Q.*?(?:\\\\E|$)/', reads: 'a pattern', bound: PATTERN },
  {
    file: 'lib/protocol/regex.ts',
    text: '/\\\\(?:[pPx]\\{[^}]*\\}|[pP].|.)/',
    reads: 'a pattern',
    bound: PATTERN,
  },
  {
    file: 'lib/protocol/regex.ts',
    text: '/\\[\\^?\\]?(?:\\[:\\^?\\w+:\\]|\\\\.|[^\\]\\\\])*\\]/',
    reads: 'a pattern',
    bound: PATTERN,
  },
  { file: 'lib/protocol/regex.ts', text: 'ELEMENT', reads: 'a pattern', bound: PATTERN },
  {
    file: 'lib/sync/match/required-literals.ts',
    text: '/[a-zA-Z0-9:_-]+(?![*+?{])/',
    reads: 'a pattern',
    bound: PATTERN,
  },
  { file: 'lib/sync/match/required-literals.ts', text: '/\\\\Q.*?(?:\\\\E|$)/', reads: 'a pattern', bound: PATTERN },
  {
    file: 'lib/sync/match/required-literals.ts',
    text: '/\\\\(?:[pP](?:\\{[^}]*\\}|.)|x(?:\\{[^}]*\\}|[\\da-fA-F]*)|[0-7]+|.)/',
    reads: 'a pattern',
    bound: PATTERN,
  },
  {
    file: 'lib/sync/match/required-literals.ts',
    text: '/\\[\\^?\\]?(?:\\[:\\^?\\w+:\\]|\\\\.|[^\\]\\\\])*\\]/',
    reads: 'a pattern',
    bound: PATTERN,
  },
  { file: 'lib/sync/match/required-literals.ts', text: 'ELEMENT', reads: 'a pattern', bound: PATTERN },
  {
    file: 'client/src/match/source.ts',
    text: '/\\\\Q(.*?)(?:\\\\E|$)|\\\\./gsu',
    reads: 'what whoever runs it subscribes to',
  },
  {
    file: 'lib/rabbitmq/message-limit.ts',
    text: '/\\b406\\b.*larger than (?:configured )?max size (?<most>\\d+)/',
    reads: 'why the broker closed a channel: 255 bytes at most, as AMQP 0-9-1 has it',
  },
  { file: 'lib/redis/probe.ts', text: "new RegExp(`^${field}:(.*?)\\\\r?$`, 'm')", reads: 'what Redis says of itself' },
  { file: 'lib/config/variables.ts', text: '/\\/+$/', reads: 'a setting' },
  { file: 'lib/gateway/api-gateway.ts', text: '/\\/+$/', reads: 'an address that the settings gave' },
  { file: 'cli/doctor/http.ts', text: '/\\/+$/', reads: 'what whoever runs it typed' },
  { file: 'client/terminal/status-url.ts', text: '/\\/+$/', reads: 'what whoever runs it typed' },
  { file: 'serverless/bundle/bundle.ts', text: '/^\\s*--.*\\n/gm', reads: 'scripts of the working copy' },
  { file: 'localstack/deploy/stack.ts', text: '/<member>(.*?)<\\/member>/gs', reads: 'an answer of LocalStack' },
  { file: 'serverless/settings.ts', text: '/[A-Z]+(?:_[A-Z]+)+/g', reads: 'sentences of the table of settings' },
];

interface Made {
  readonly file: string;
  readonly text: string;
  readonly examples: readonly { readonly source: string; readonly flags: string }[];
}

const module = (name: string): string => `[\\\\/]package[\\\\/]${name}\\.js$`;

/** What is made when it runs: all that it becomes, or some of it that stands for all. */
export const MADE: readonly Made[] = [
  {
    file: 'lib/config/variables.ts',
    text: "new RegExp(`^(?:${WEAKNESSES.join('|')})$`)",
    examples: [{ source: `^(?:${WEAKNESSES.join('|')})$`, flags: '' }],
  },
  {
    file: 'lib/protocol/segments.ts',
    text: 'BEYOND_ASCII_REFUSED',
    examples: [{ source: `${UNPRINTABLE.source}|\\s`, flags: 'u' }],
  },
  { file: 'lib/protocol/well-formed.ts', text: 'NAME', examples: [{ source: NAME.source, flags: NAME.flags }] },
  {
    file: 'client/build.ts',
    text: "new RegExp(`^(${names.join('|')})$`)",
    examples: [{ source: '^(one|other)$', flags: '' }],
  },
  {
    file: 'client/src/match/characters.ts',
    text: 'regex',
    examples: ['a-z', '\\u{61}-\\u{7a}', '\\p{gc=L}'].flatMap((held) => [
      { source: `^[${held}]$`, flags: 'u' },
      { source: `^[${held}]$`, flags: 'iu' },
    ]),
  },
  {
    file: 'serverless/bundle/leave-out.ts',
    text: 'NEVER_USED',
    examples: [{ source: [module('a'), module('b')].join('|'), flags: '' }],
  },
  {
    file: 'serverless/bundle/leave-out.ts',
    text: 'NEVER_REQUIRED',
    examples: [{ source: [module('a'), module('b')].join('|'), flags: '' }],
  },
  {
    file: 'localstack/query-api.ts',
    text: 'new RegExp(`<${name}>([^<]*)</${name}>`)',
    examples: [{ source: '<Name>([^<]*)</Name>', flags: '' }],
  },
  {
    file: 'localstack/strict/gateway.ts',
    text: 'NOT_PASSED_ON',
    examples: [{ source: '^(connection|upgrade|sec-websocket-.*|x-name)$', flags: '' }],
  },
];
