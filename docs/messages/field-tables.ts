import type { Field, Form, Shape } from '../../lib/protocol/messages/fields.ts';
import type { Definition } from '../../lib/protocol/messages/message.ts';
import { table } from '../markdown-table.ts';
import { wrapped } from '../wrapped.ts';
import { about } from './about.ts';
import { entries } from './entries.ts';

const WIDTH = 120;
/** Values that a table names one by one. */
const MOST_VALUES = 6;

const SENDERS = { client: 'from a client', service: 'from the service', both: 'from either side' };

const count = (number: number): string => number.toLocaleString('en');
const code = (text: string): string => `\`${text}\``;
const withoutArticle = (what: string): string => what.replace(/^an? /, '');

const entriesPhrase = ({ of, what, atLeast, atMost }: Form & { readonly kind: 'list' | 'list-or-one' }): string => {
  const plural = of.kind === 'choice' ? `of ${formPhrase(of)}` : what;
  if (atMost === undefined) return plural;
  return atLeast === undefined ? `up to ${count(atMost)} ${plural}` : `${count(atLeast)} to ${count(atMost)} ${plural}`;
};

const numberPhrase = ({ what, atLeast = 0, atMost }: Form & { readonly kind: 'whole-number' }): string => {
  if (atMost !== undefined) return `${count(atLeast)} to ${count(atMost)}`;
  return atLeast > 0 ? `${count(atLeast)} or more` : withoutArticle(what);
};

/** @returns what a value must be, in a few words */
const formPhrase = (form: Form): string => {
  switch (form.kind) {
    case 'any':
      return 'any JSON';
    case 'message':
      return 'message';
    case 'text':
      if (form.format !== undefined) return form.format;
      return `${withoutArticle(form.what)}${form.atMost === undefined ? '' : ` of up to ${count(form.atMost)} characters`}`;
    case 'identifier':
      return 'name';
    case 'request-id':
      return 'name or number';
    case 'flag':
      return 'true or false';
    case 'true':
      return code('true');
    case 'whole-number':
      return numberPhrase(form);
    case 'number':
      return 'number';
    case 'choice':
      return form.of.length > MOST_VALUES ? withoutArticle(form.what) : form.of.map(code).join(', ');
    case 'list':
      return entriesPhrase(form);
    case 'list-or-one':
      return `${entriesPhrase(form)}, or one`;
    case 'by-channel':
      return form.atMost === undefined ? 'positions by channel' : `positions of up to ${count(form.atMost)} channels`;
    case 'by-name':
      return `${form.what} by name`;
    case 'object':
      return 'object';
    case 'either':
      return form.of.map(formPhrase).join(', or ');
    case 'nullable':
      return `${formPhrase(form.of)}, or ${code('null')}`;
  }
};

const presencePhrase = ({ presence, absent }: Field): string =>
  presence === 'defaulted' ? `else ${code(JSON.stringify(absent))}` : presence;

const rowsOf = (shape: Shape, within = ''): readonly (readonly string[])[] =>
  Object.entries(shape).flatMap(([name, field]) => [
    [code(`${within}${name}`), formPhrase(field.form), presencePhrase(field), field.doc],
    ...(field.form.kind === 'object' ? rowsOf(field.form.of, `${within}${name}.`) : []),
  ]);

/** Without what any request and any answer may have: the page says it once. */
const ownFields = (fields: Shape): Shape =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([name, { presence }]) => name !== 'requestId' && !(name === 'final' && presence === 'optional'),
    ),
  );

const block = (definition: Definition): string => {
  const said = `**${code(definition.type)}** ${SENDERS[definition.from]}. ${about(definition)}`;
  const rows = rowsOf(ownFields(definition.fields));
  const fields = rows.length === 0 ? [] : [table([['field', 'type', '', 'meaning'], ...rows])];
  return [wrapped(said, WIDTH).join('\n'), ...fields].join('\n\n');
};

/** The block of each message by its name. What both sides send has one. */
export const blocks: ReadonlyMap<string, string> = new Map(
  entries.map(({ name, definition }) => [definition.from === 'both' ? definition.type : name, block(definition)]),
);

const BLOCK = /(<!-- message (\S+): lib\/protocol\/messages -->\n)[\s\S]*?(<!-- \/message -->\n)/g;

/** @returns the names of the blocks of a page */
export const blocksIn = (page: string): readonly string[] =>
  [...page.matchAll(BLOCK)].map(([, , name]) => String(name));

/** @returns the page with every block as it should be */
export const withBlocks = (page: string): string =>
  page.replace(BLOCK, (_, begin: string, name: string, end: string) => `${begin}${blocks.get(name) ?? ''}\n${end}`);
