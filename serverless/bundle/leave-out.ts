import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync } from 'node:zlib';
import type { Plugin } from 'rolldown';

/** Where packages name files that no function of ours comes to, but require them as they load. */
const NEVER_USED = new RegExp(
  [
    // Certificates of one vendor of Redis, for who asks for its profile by name.
    String.raw`[\\/]ioredis[\\/]built[\\/]constants[\\/]TLSProfiles\.js$`,
    // Redis behind sentinels, and who listens to channels of a cluster by its shards.
    String.raw`[\\/]ioredis[\\/]built[\\/]connectors[\\/]SentinelConnector[\\/]index\.js$`,
    String.raw`[\\/]ioredis[\\/]built[\\/]cluster[\\/]ClusterSubscriberGroup\.js$`,
    // How X-Ray’s library chooses what to trace in a server of its own; Lambda has chosen by then.
    String.raw`[\\/]aws-xray-sdk-core[\\/]dist[\\/]lib[\\/]middleware[\\/]sampling[\\/]default_sampler\.js$`,
    // With it X-Ray’s library tells the versions of the AWS SDK 2 apart, which we do not have.
    String.raw`[\\/]semver[\\/]index\.js$`,
    // Where the SDK looks for credentials that it is not given; a function’s are in its environment.
    String.raw`[\\/]@aws-sdk[\\/]credential-provider-node[\\/]dist-es[\\/]index\.js$`,
    // Events in streams, which Secrets Manager has none of.
    String.raw`[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/]event-streams[\\/]index\.js$`,
    // HTTP/2, which the transport does not allow.
    String.raw`[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$`,
  ].join('|'),
);

/** Files that packages require only on ways that no function of ours goes. */
const NEVER_REQUIRED = new RegExp(
  [
    // Forms and streams of `fetch` as bodies.
    String.raw`[\\/]undici[\\/]lib[\\/]web[\\/].*\.js$`,
    // The parser for processors without SIMD, which Lambda’s have.
    String.raw`[\\/]undici[\\/]lib[\\/]llhttp[\\/]llhttp-wasm\.js$`,
  ].join('|'),
);

/** What packages tell whoever debugs them, to a terminal and in colours: the functions have a log of their own. */
const DEBUG = /[\\/]debug[\\/]src[\\/]index\.js$/;
const SILENT = `module.exports = { default: () => Object.assign(() => {}, { enabled: false }) }`;

/** What packages ask for by the type of a name: where this one is there, undici does without its experimental parser. */
export const LEFT_OUT_BY_NAME = { esbuildDetection: 'true' };

/** WebAssembly written in base64, in which a zip finds little to compress. */
const WASM_IN_BASE64 = /[\\/]undici[\\/]lib[\\/]llhttp[\\/]llhttp_simd-wasm\.js$/;

/** The table of settings, and what it says to people of each. */
const SETTINGS = /[\\/]lib[\\/]config[\\/]variables\.ts$/;
const NOTES = /\babout:\s*'[^']*'/g;

const REFUSING = `module.exports = (() => { throw new Error('Not part of this bundle'); })()`;

const require = createRequire(import.meta.url);

const compressed = (wasm: Uint8Array): string => {
  const text = brotliCompressSync(wasm).toString('base64');
  return `module.exports = require('node:zlib').brotliDecompressSync(Buffer.from('${text}', 'base64'))`;
};

/** Leaves out what packages bring for others and no bundler can tell apart, a third of a bundle, and what is for people. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  load: (id) => {
    if (NEVER_USED.test(id)) return 'module.exports = { default: {} }';
    if (NEVER_REQUIRED.test(id)) return REFUSING;
    if (DEBUG.test(id)) return SILENT;
    if (WASM_IN_BASE64.test(id)) return compressed(require(id) as Uint8Array);
    if (SETTINGS.test(id)) return readFileSync(id, 'utf8').replace(NOTES, `about: ''`);
    return undefined;
  },
};
