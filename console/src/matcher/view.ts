import type { Channel } from '../../../lib/protocol/channel.ts';
import type { Pattern } from '../../../lib/protocol/pattern.ts';
import { element, field, fill } from '../dom.ts';
import { counted } from '../format.ts';
import { explain, type Piece, type Typed, typedChannel, typedPattern, type Verdict } from './explain.ts';

const PATTERNS = [
  'memory:*',
  'memory:**',
  '**:important',
  'user:*:settings',
  'user:4?:**',
  '/memory:(created|updated)/',
];
const CHANNELS = ['memory:created', 'user:42:settings', 'memory:note.important'];

const lines = (text: string): string[] =>
  [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line);

/** The parts of a pattern, each above what it stands for. */
const aligned = (pieces: readonly Piece[]): HTMLElement =>
  element(
    'span',
    { class: 'aligned', 'aria-hidden': 'true' },
    ...pieces.flatMap(({ part, text, separator }) => [
      separator !== '' && element('span', { class: 'separator' }, separator),
      element(
        'span',
        { class: part === text ? 'piece literal' : 'piece' },
        element('span', {}, part),
        element('span', {}, text === '' ? '∅' : text),
      ),
    ]),
  );

const verdictRow = (pattern: Typed<Pattern>, channel: Channel): HTMLElement => {
  const verdict: Verdict | undefined = 'value' in pattern ? explain(pattern.value, channel) : undefined;
  const [state, mark, word] =
    verdict === undefined
      ? (['refused', '!', 'is no pattern'] as const)
      : verdict.matches
        ? (['matches', '✓', 'matches'] as const)
        : (['fails', '✗', 'does not match'] as const);
  const why = verdict?.why ?? (pattern as { refused: string }).refused;
  return element(
    'li',
    { class: `verdict ${state}`, 'data-pattern': pattern.text, 'data-verdict': state },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    element('code', { class: 'pattern' }, pattern.text),
    element('span', { class: 'why' }, element('span', { class: 'unseen' }, `${word}: `), why),
    verdict?.matches === true && verdict.pieces.length > 0 && aligned(verdict.pieces),
  );
};

const channelCard = (channel: Typed<Channel>, patterns: readonly Typed<Pattern>[]): HTMLElement => {
  const title = element('h3', {}, element('code', {}, channel.text));
  if ('refused' in channel) {
    return element(
      'section',
      { class: 'card' },
      title,
      element('p', { class: 'problem' }, `No channel: ${channel.refused}`),
    );
  }
  const rows = patterns.map((pattern) => verdictRow(pattern, channel.value));
  const count = rows.filter(({ dataset }) => dataset['verdict'] === 'matches').length;
  title.append(element('small', {}, `${count} of ${counted(rows.length, 'pattern')}`));
  return element(
    'section',
    { class: 'card', 'data-channel': channel.text },
    title,
    element('ul', { class: 'verdicts' }, ...rows),
  );
};

/** Says which pattern matches which channel and why, by the service's own grammar; nothing is sent anywhere. */
export const matcherView = (): HTMLElement => {
  const input = (name: string, values: readonly string[]) =>
    element(
      'textarea',
      { name, rows: 8, class: 'code', spellcheck: 'false', autocapitalize: 'none' },
      values.join('\n'),
    );
  const patterns = input('patterns', PATTERNS);
  const channels = input('channels', CHANNELS);
  const results = element('div', { class: 'results' });
  const show = (): void => {
    const typedPatterns = lines(patterns.value).map(typedPattern);
    const cards = lines(channels.value).map((text) => channelCard(typedChannel(text), typedPatterns));
    const isEmpty = cards.length === 0 || typedPatterns.length === 0;
    fill(results, ...(isEmpty ? [element('p', { class: 'empty' }, 'Type a pattern and a channel.')] : cards));
  };
  for (const each of [patterns, channels]) each.addEventListener('input', show);
  show();
  return element(
    'div',
    { class: 'view matcher' },
    element('h2', {}, 'Matcher'),
    element(
      'p',
      { class: 'lead' },
      'Which pattern matches which channel, and why. It is worked out on this page by the rules of the service; nothing is sent.',
    ),
    element(
      'div',
      { class: 'sides' },
      element(
        'div',
        { class: 'card inputs' },
        field('Patterns, one a line', patterns),
        field('Channels, one a line', channels),
        element(
          'ul',
          { class: 'rules' },
          element('li', {}, element('code', {}, '*'), ' one segment, or any run of characters within one'),
          element('li', {}, element('code', {}, '?'), ' one character'),
          element('li', {}, element('code', {}, '**'), ' segments: one or more at either end, also none in the middle'),
          element('li', {}, element('code', {}, '/…/'), ' a regular expression (RE2) over the whole channel'),
          element(
            'li',
            {},
            'Segments are separated by ',
            element('code', {}, ':'),
            ' or ',
            element('code', {}, '.'),
            '; each matches only itself.',
          ),
        ),
      ),
      results,
    ),
  );
};
