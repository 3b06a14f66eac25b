import { MAX_IDENTIFIER_LENGTH } from '../limits.ts';
import type { Form } from '../messages/fields.ts';

/** What a name is expected to be. */
export const A_NAME = `a text of 1 to ${MAX_IDENTIFIER_LENGTH} printable characters`;

const A_WHOLE_NUMBER = 'a whole number';

const numberOf = ({ what, atLeast, atMost }: Form & { readonly kind: 'whole-number' }): string => {
  const number = what === A_WHOLE_NUMBER ? what : `${what}, ${A_WHOLE_NUMBER}`;
  if (atMost !== undefined) return `${number} from ${atLeast ?? 0} to ${atMost}`;
  return atLeast === undefined ? number : `${number} from ${atLeast} on`;
};

const listOf = ({ what, of }: Form & { readonly kind: 'list' | 'list-or-one' }): string =>
  of.kind === 'message' ? `a list of ${what}, each an object` : `a list of ${what}`;

/** @returns what an error says was expected of a field of this form, where that is not what came. */
export const expectedOf = (form: Form): string => {
  switch (form.kind) {
    case 'any':
    case 'message':
      return 'a value';
    case 'text': {
      const text = form.format === 'base64' ? `${form.what} in base64` : form.what;
      return form.atMost === undefined ? text : `${text} of at most ${form.atMost} characters`;
    }
    case 'identifier':
      return A_NAME;
    case 'request-id':
      return 'a short text or a number within ±(2^53 - 1)';
    case 'flag':
      return 'true or false';
    case 'true':
      return 'true';
    case 'whole-number':
      return numberOf(form);
    case 'number':
      return 'a number';
    case 'choice':
      return form.what;
    case 'list':
      return listOf(form);
    case 'list-or-one':
      return `${expectedOf(form.of)}, or ${listOf(form)}`;
    case 'by-channel':
      return 'positions by channel';
    case 'by-name':
      return `an object of ${form.what}`;
    case 'object':
      return 'an object';
    case 'either':
      return form.of.map(expectedOf).join(', or ');
    case 'nullable':
      return `${expectedOf(form.of)}, or null`;
  }
};
