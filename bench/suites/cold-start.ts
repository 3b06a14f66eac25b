import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { bundleFunctions } from '../../serverless/bundle/bundle.ts';
import { buildConsole } from '../../serverless/console/build.ts';
import { ROOT } from '../backends.ts';
import { median, type Suite } from '../measure.ts';

/** Bytes a zip adds to each file: two headers, and the name twice. */
const AROUND_FILE = 180;

/** Nobody is asked anything at the start: these need not be there. */
const ENVIRONMENT = {
  LOG_LEVEL: 'silent',
  REDIS_URL: 'redis://127.0.0.1:1',
  RABBITMQ_URL: 'amqp://127.0.0.1:1',
  WS_ENDPOINT: 'http://127.0.0.1:1',
};

const importTime = (bundle: string): number => {
  const script = `const began = performance.now(); await import(${JSON.stringify(pathToFileURL(bundle).href)});
    console.log('took ' + (performance.now() - began)); process.exit();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...ENVIRONMENT },
    encoding: 'utf8',
  });
  return Number(/took ([\d.]+)/.exec(output)?.[1]);
};

const filesBeneath = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
};

const zippedSize = async (files: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(
    files.map(async (file) => deflateRawSync(await readFile(file), { level: 9 }).length + AROUND_FILE),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** What Lambda loads and runs before the first event of a new environment, per function. */
export const coldStart: Suite = async (say, { quick }) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bundles-'));
  try {
    const sources = (await readdir(path.join(ROOT, 'functions'))).filter((name) => name.endsWith('.ts'));
    const handlers: string[] = [];
    for (const name of sources) {
      const source = await readFile(path.join(ROOT, 'functions', name), 'utf8');
      if (/export const handler\b/.test(source)) handlers.push(`functions/${path.basename(name, '.ts')}`);
    }
    await buildConsole(ROOT);
    const bundles = await bundleFunctions(ROOT, handlers, directory);

    const found = [];
    for (const [handler, { file, assets }] of bundles) {
      const bundle = path.join(directory, file);
      const times = Array.from({ length: quick ? 5 : 15 }, () => importTime(bundle));
      const files = (await Promise.all(assets.map((folder) => filesBeneath(path.join(directory, folder))))).flat();
      const size = (await zippedSize([bundle, ...files])) / 1_024;
      found.push({ name: path.basename(handler), time: median(times), size });
    }
    for (const { name, time, size } of found) {
      say(`${name.padEnd(18)} ${time.toFixed(0).padStart(4)} ms ${size.toFixed(0).padStart(4)} KB`);
    }
    return [
      {
        name: 'cold-start.import-ms',
        value: Math.max(...found.map(({ time }) => time)),
        unit: 'ms',
        target: 150,
        better: 'lower',
      },
      {
        name: 'cold-start.zip-kb',
        value: Math.max(...found.map(({ size }) => size)),
        unit: 'KB',
        target: 250,
        better: 'lower',
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
