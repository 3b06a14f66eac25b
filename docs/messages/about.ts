import type { Definition } from '../../lib/protocol/messages/message.ts';

const answered = ([first, ...more]: readonly string[]): string[] => {
  if (first === undefined) return [];
  const then = more.map((type) => `, then \`${type}\``).join('');
  return [`Answered by \`${first}\`${then}${more.length > 0 ? ', as far as each was asked for' : ''}.`];
};

/** What the table says of a message beside its fields, in sentences. */
export const about = ({ from, doc, answers, capability, counts, rule }: Definition): string =>
  [
    doc,
    ...answered(answers),
    ...(rule === undefined ? [] : [`It must have ${rule.what}.`]),
    ...(capability === undefined ? [] : [`Only where the client declared the capability \`${capability}\`.`]),
    ...(counts === undefined
      ? []
      : [
          `${from === 'both' ? 'A client’s counts' : 'Counts'} as ${counts === 'one' ? 'one message' : 'the messages it holds'}.`,
        ]),
  ].join(' ');
