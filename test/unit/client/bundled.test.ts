import { expect, it } from 'vitest';
import { assertConnectable } from '../../../client/src/bundled.ts';

it.each([{ url: 'wss://a/b' }, { url: 'wss://a', httpUrl: 'https://a' }, { url: 'ws://localhost:3001?user=a' }])(
  'what a bundle for pages has connects to %j',
  (options) => {
    expect(() => assertConnectable(options)).not.toThrow();
  },
);

it.each([{ url: 'localhost:3001' }, { url: '' }, { url: 'wss://a', httpUrl: 'a' }])(
  'what a bundle for pages has says at once that %j is no address',
  (options) => {
    expect(() => assertConnectable(options)).toThrow(TypeError);
  },
);
