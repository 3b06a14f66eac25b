import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { stop } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedService } from '../conformance/client/service.ts';
import { startChromium } from '../e2e/chromium.ts';
import { BUNDLERS } from './bundlers.ts';
import { type Installed, installPacked, OWN, TOOLS } from './installed.ts';
import { HEARD, PAGE, PROGRAM, TESTED } from './programs.ts';
import { LEFT_OUT, RUNTIMES } from './runtimes.ts';

const run = promisify(execFile);

/** Without what a run of tests says to Node. */
const { NODE_OPTIONS: _options, NODE_ENV: _mode, ...environment } = process.env;

describe('the packed library', () => {
  let app: Installed;
  let service: ScriptedService;
  let url: string;

  beforeAll(async () => {
    if (LEFT_OUT.length > 0) console.log(`left out on ${process.platform}-${process.arch}: ${LEFT_OUT.join(', ')}`);
    app = await installPacked({ ws: OWN });
    writeFileSync(path.join(app.directory, 'program.mjs'), PROGRAM);
    writeFileSync(path.join(app.directory, 'page.js'), PAGE);
    service = new ScriptedService();
    url = await service.listen();
  });
  afterAll(async () => {
    await service?.end();
    app?.remove();
    await stop();
  });

  it.each(RUNTIMES)('has its conversation in $name', async ({ program, options }) => {
    const { stdout, stderr } = await run(program, [...options, 'program.mjs', url], {
      cwd: app.directory,
      env: environment,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(HEARD);
  });

  it.each(RUNTIMES)('has its service for tests in $name', async ({ program, options }) => {
    writeFileSync(path.join(app.directory, 'tested.mjs'), TESTED);
    const { stdout, stderr } = await run(program, [...options, 'tested.mjs'], {
      cwd: app.directory,
      env: environment,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      heard: [1, 2, 100_000],
      message: expect.stringContaining('a::b'),
      state: 'closed',
    });
  });

  it.each(RUNTIMES)('does nothing in $name when it is only imported, as where pages are rendered', async (runtime) => {
    const code = `import { connect } from 'realtime-sync-client'; console.log(typeof connect, typeof document);`;
    writeFileSync(path.join(app.directory, 'import.mjs'), code);
    const { stdout, stderr } = await run(runtime.program, [...runtime.options, 'import.mjs'], {
      cwd: app.directory,
      env: environment,
    });
    expect([stdout.trim(), stderr]).toEqual(['function undefined', '']);
  });

  describe.each(Object.entries(BUNDLERS))('in a bundle of %s', (name, bundle) => {
    let script: string;

    beforeAll(async () => {
      const file = path.join(app.directory, `${name}.bundle.js`);
      await bundle(path.join(app.directory, 'page.js'), file);
      script = readFileSync(file, 'utf8');
      console.log(`${name}: ${gzipSync(script).length} bytes compressed, the program of the test among them`);
    });

    describe('on a page of Chromium', () => {
      let server: Server;
      let browser: Browser;

      beforeAll(async () => {
        server = createServer((request, response) => {
          const isScript = request.url === '/page.js';
          response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
          response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        browser = await startChromium();
      });
      afterAll(async () => {
        await browser?.close();
        server?.close();
      });

      it('has its conversation', async () => {
        const page = await browser.newPage();
        const { port } = server.address() as AddressInfo;
        await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams({ url })}`);
        await page.waitForFunction('globalThis.outcome !== undefined');
        expect(await page.evaluate('globalThis.outcome')).toEqual(HEARD);
      });
    });

    it('has its conversation on a page of jsdom', async () => {
      const { JSDOM } = (await import(path.join(TOOLS, 'jsdom/lib/api.js'))) as {
        readonly JSDOM: new (
          html: string,
          settings: object,
        ) => { readonly window: { eval(code: string): unknown; outcome: Promise<unknown>; close(): void } };
      };
      const { window } = new JSDOM('<!doctype html>', {
        runScripts: 'outside-only',
        url: `http://localhost/?${new URLSearchParams({ url })}`,
      });
      try {
        // A script there is no module.
        window.eval(`(() => {${script}})();`);
        // What it made is of another realm.
        expect(JSON.parse(JSON.stringify(await window.outcome))).toEqual(HEARD);
      } finally {
        window.close();
      }
    });
  });
});
