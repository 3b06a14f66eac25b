import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stop } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPackage } from '../../client/build.ts';

/** A page’s conversation with the built package, where something is missing that is named as the argument. */
const CONVERSATION = `
const [, , module, missing] = process.argv;
const { deflateSync } = await import('node:zlib');
// Node makes its own of these from what is taken away below, once they are first used.
new Response('');
new WebSocket('ws://localhost:1').onerror = () => undefined;
// No browser has it; its place is taken by what browsers have.
if (!missing.includes('nothing')) process.getBuiltinModule = undefined;
const without = (name) => {
  const [holder, member] = name.includes('.') ? name.split('.') : [undefined, name];
  const value = holder === undefined ? undefined : globalThis[holder];
  if (value === undefined) Object.defineProperty(globalThis, member, { value: undefined, configurable: true, writable: true });
  else if (holder === 'Promise') delete Promise[member];
  else Object.defineProperty(value, member, { value: undefined, configurable: true });
};
const base64 = (text) => deflateSync(text).toString('base64');
for (const name of missing.split(',')) if (name !== 'nothing') without(name);

let declared = '';
const pieces = [];
class Service {
  constructor(url) {
    declared = new URL(url).searchParams.get('capabilities');
    setTimeout(() => {
      this.onopen({});
      const limits = { messageSize: 1e6, heartbeatInterval: 30_000, subscriptions: 1_000, batch: 100, replay: 1_000 };
      this.say({ type: 'connection', connectionId: 'c', userId: 'u', timestamp: 1, expires: null, server: { features: {} }, limits });
    });
  }
  say(message) {
    const text = JSON.stringify(message);
    const isPacked = text.length > 1_000 && declared.includes('compression');
    setTimeout(() => this.onmessage({ data: isPacked ? JSON.stringify({ type: 'compressed', encoding: 'deflate', data: base64(text) }) : text }));
  }
  send(text) {
    let message = JSON.parse(text);
    if (message.type === 'chunk') {
      pieces.push(message.data);
      if (pieces.length < message.total) return;
      message = JSON.parse(pieces.splice(0).join(''));
    }
    const { type, requestId, id, data, channels, patterns } = message;
    if (type === 'subscribe') this.say({ type: 'subscribed', requestId, channels, patterns, positions: { a: { offset: 0, epoch: 'e' } }, time: 1 });
    if (type !== 'broadcast') return;
    this.say({ type: 'ack', requestId, id });
    this.said = (this.said ?? 0) + 1;
    this.say({ type: 'event', id, channel: 'a', category: 'a', priority: 'normal', timestamp: 1, offset: this.said, epoch: 'e', data });
  }
  close() {}
}
const { connect } = await import(module);
const client = connect({ url: 'ws://service', webSocket: Service });
const errors = [];
client.on('error', (error) => errors.push(String(error)));
const heard = [];
await client.subscribe('a', (event) => heard.push(event.data.length)).ready;
for (const data of ['small', 'é'.repeat(5_000), 'x'.repeat(100_000)]) await client.broadcast('a', data);
// What was acknowledged is heard once it is unpacked, which takes as long as the machine is busy.
for (let n = 0; n < 400 && heard.length < 3; n++) await new Promise((resolve) => setTimeout(resolve, 25));
const { state } = client;
await client.close();
console.log(JSON.stringify({ declared, heard, errors, state }));
`;

const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-runtimes-'));

beforeAll(async () => {
  await buildPackage(directory);
  writeFileSync(join(directory, 'conversation.js'), CONVERSATION);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await stop();
});

/** With short names, as it goes into a bundle. */
const SMALL = './index.min.js';
const READABLE = './index.js';

const ALL = 'batch,chunk,compression';
const PLAIN = 'batch,chunk';

it.each([
  [SMALL, 'nothing', ALL],
  [SMALL, 'structuredClone', ALL],
  [SMALL, 'TextEncoder', ALL],
  [SMALL, 'TextDecoder', ALL],
  [SMALL, 'Promise.withResolvers', ALL],
  [SMALL, 'crypto.randomUUID', ALL],
  [SMALL, 'crypto', ALL],
  [SMALL, 'Blob', ALL],
  [SMALL, 'WebSocket', ALL],
  [SMALL, 'DecompressionStream', PLAIN],
  [SMALL, 'Response', PLAIN],
  [SMALL, 'atob', PLAIN],
  [READABLE, 'nothing', ALL],
  [
    SMALL,
    'TextEncoder,TextDecoder,Promise.withResolvers,crypto,Blob,WebSocket,DecompressionStream,Response,atob',
    PLAIN,
  ],
  [
    READABLE,
    'TextEncoder,TextDecoder,Promise.withResolvers,crypto,Blob,WebSocket,DecompressionStream,Response,atob',
    PLAIN,
  ],
])(
  '[C-3] the built %s works without %s, and says that it takes no more than it can',
  async (module, missing, declared) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['conversation.js', module, missing], {
      cwd: directory,
    });
    expect(JSON.parse(stdout)).toEqual({ declared, heard: [5, 5_000, 100_000], errors: [], state: 'connected' });
  },
);
