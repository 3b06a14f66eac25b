import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../../localstack/env-file.ts';

const read = (text: string) => parseEnvFile(Buffer.from(text));

describe('a .env file', () => {
  it.each<[string, string, Record<string, string>]>([
    ['lines', 'A=1\nB=2\n', { A: '1', B: '2' }],
    ['lines of Windows', 'A=1\r\nB="2"\r\n', { A: '1', B: '2' }],
    ['lines of an old Mac', 'A=1\rB=2\r', { A: '1', B: '2' }],
    ['no line break at its end', 'A=1', { A: '1' }],
    ['a byte-order mark', '\uFEFFA=1\nB=2\n', { A: '1', B: '2' }],
    ['export', 'export A=1\n  export   B=2\n', { A: '1', B: '2' }],
    ['spaces around the sign and at the end', ' A = 1 \t\nB =2  \n', { A: '1', B: '2' }],
    ['comments', '# one\n  # two\nA=1 # three\nB="2" # four\nC=#five\nD= # six', { A: '1', B: '2', C: '#five', D: '' }],
    ['# within a value', 'A=0123#456\nB="01 # 23"\nC=a#b #c', { A: '0123#456', B: '01 # 23', C: 'a#b' }],
    [
      '$ in any form',
      'A=p$word\nB="$A $(A)"\nC=\'$A\'\nD=\\$A\nE=$',
      { A: 'p$word', B: '$A $(A)', C: '$A', D: '\\$A', E: '$' },
    ],
    ['quotes of three kinds', 'A="a \'b\' `c`"\nB=\'a "b"\'\nC=`a "b"`', { A: "a 'b' `c`", B: 'a "b"', C: 'a "b"' }],
    ['quotes within a value', 'A=it\'s\nB=a"b"', { A: "it's", B: 'a"b"' }],
    [
      'backslashes',
      'A="a\\nb\\t\\"c\\" \\\\ C:\\dir"\nB=\'a\\n\'\nC=a\\n',
      { A: 'a\nb\t"c" \\ C:\\dir', B: 'a\\n', C: 'a\\n' },
    ],
    ['empty values', 'A=\nB=""\nC=  ', { A: '', B: '', C: '' }],
    ['the sign within a value', 'A=a=b==\nB=amqp://u:p@h:1/%2F?x=1', { A: 'a=b==', B: 'amqp://u:p@h:1/%2F?x=1' }],
    ['letters of the world', 'A=größe-日本', { A: 'größe-日本' }],
    ['one name twice: the last counts', 'A=1\nA=2', { A: '2' }],
  ])('has %s', (_, text, values) => {
    expect(read(text)).toMatchObject({ values, problems: [] });
  });

  it.each(['utf-16le', 'utf-16be'])('is read in %s, as PowerShell writes it', (encoding) => {
    const bytes = Buffer.from('\uFEFFA=1\r\nB=ö\r\n', 'utf16le');
    expect(parseEnvFile(encoding === 'utf-16be' ? bytes.swap16() : bytes)).toMatchObject({
      values: { A: '1', B: 'ö' },
    });
  });

  it.each([
    ['A: 1', 'line 1 is not of the form NAME=value; write A=value'],
    ['"A": "1",', 'line 1 is not of the form NAME=value; write A=value'],
    ['\nset A=1', 'line 2 is not of the form NAME=value; write A=value'],
    ['setx A "1"', 'line 1 is not of the form NAME=value; write A=value'],
    ['$env:A = "1"', 'line 1 is not of the form NAME=value; write A=value'],
    [
      '{"A": "1"}',
      'line 1 is not of the form NAME=value; it looks like JSON, of which each name wants a line NAME=value',
    ],
    ['A', 'line 1 is not of the form NAME=value'],
    ['1A=2', 'line 1 is not of the form NAME=value'],
    ['A="one\nB=2', 'line 1, A: the quote " is not closed on its line'],
    ["A='one", "line 1, A: the quote ' is not closed on its line"],
    ['A="one\\"', 'line 1, A: the quote " is not closed on its line'],
    ['A="one"two', 'line 1, A: something stands behind the closing quote "'],
    ['A="one" "two"', 'line 1, A: something stands behind the closing quote "'],
  ])('names the line that cannot be read: %j', (text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  it('knows the lines of a name that is set several times, where they differ', () => {
    expect(read('A=1\nB=1\nA=2\nB=1\nA=1').repeated).toEqual({ A: [1, 3, 5] });
  });

  it('does not show what a line holds that cannot be read: it may be a secret', () => {
    expect(read('KEY: hunter2\nB="hunter2').problems.join()).not.toContain('hunter2');
  });

  it('says so where it is no text', () => {
    expect(parseEnvFile(Uint8Array.of(65, 61, 0xc3, 0x28)).problems).toEqual([
      'the file is not text in UTF-8 or UTF-16',
    ]);
  });
});
