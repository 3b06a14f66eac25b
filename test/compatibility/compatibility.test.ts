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
import { HEARD, KEEPER, KEEPING_PAGE, KEPT, NOT_KEPT, PAGE, PROGRAM, TESTED } from './programs.ts';
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
    writeFileSync(path.join(app.directory, 'keeper.mjs'), KEEPER);
    writeFileSync(path.join(app.directory, 'page.js'), PAGE);
    writeFileSync(path.join(app.directory, 'keeping.js'), KEEPING_PAGE);
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

  it.each(RUNTIMES)('keeps in $name what it could not send, for the next one', async ({ program, options }) => {
    const { stdout, stderr } = await run(program, [...options, 'keeper.mjs', url], {
      cwd: app.directory,
      env: environment,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(KEPT);
  });

  it.each(RUNTIMES)('does nothing in $name when it is only imported, as where pages are rendered', async (runtime) => {
    const code = `
      import { connect } from 'realtime-sync-client';
      import { lasting } from 'realtime-sync-client/storage';
      import { sharedSocket } from 'realtime-sync-client/tabs';
      console.log(typeof connect, typeof lasting, typeof sharedSocket, typeof document);
    `;
    writeFileSync(path.join(app.directory, 'import.mjs'), code);
    const { stdout, stderr } = await run(runtime.program, [...runtime.options, 'import.mjs'], {
      cwd: app.directory,
      env: environment,
    });
    expect([stdout.trim(), stderr]).toEqual(['function function function undefined', '']);
  });

  describe.each(Object.entries(BUNDLERS))('in a bundle of %s', (name, bundle) => {
    let script: string;
    let keeping: string;

    const bundleOf = async (page: string): Promise<string> => {
      const file = path.join(app.directory, `${name}.${page}.bundle.js`);
      await bundle(path.join(app.directory, `${page}.js`), file);
      return readFileSync(file, 'utf8');
    };

    beforeAll(async () => {
      script = await bundleOf('page');
      keeping = await bundleOf('keeping');
      console.log(`${name}: ${gzipSync(script).length} bytes compressed, the program of the test among them`);
    });

    describe('on a page of Chromium', () => {
      let server: Server;
      let browser: Browser;

      beforeAll(async () => {
        server = createServer((request, response) => {
          const { pathname } = new URL(request.url ?? '/', 'http://localhost');
          const text = { '/page.js': script, '/keeping.js': keeping }[pathname];
          response.setHeader('content-type', text === undefined ? 'text/html; charset=utf-8' : 'text/javascript');
          response.end(text ?? `<!doctype html><script type="module" src="${pathname}.js"></script>`);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        browser = await startChromium();
      });
      afterAll(async () => {
        await browser?.close();
        server?.close();
      });

      const outcomeOf = async (name: string): Promise<unknown> => {
        const page = await browser.newPage();
        const { port } = server.address() as AddressInfo;
        await page.goto(`http://127.0.0.1:${port}/${name}?${new URLSearchParams({ url })}`);
        await page.waitForFunction('globalThis.outcome !== undefined');
        return page.evaluate('globalThis.outcome');
      };

      it('has its conversation', async () => {
        expect(await outcomeOf('page')).toEqual(HEARD);
      });

      it('keeps what it could not send, and shares its connection', async () => {
        expect(await outcomeOf('keeping')).toEqual({ ...KEPT, roles: ['leader'] });
      });
    });

    /** What a script comes to on a page of jsdom. */
    const inJsdom = async (code: string): Promise<unknown> => {
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
        window.eval(`(() => {${code}})();`);
        // What it made is of another realm.
        return JSON.parse(JSON.stringify(await window.outcome));
      } finally {
        window.close();
      }
    };

    it('has its conversation on a page of jsdom', async () => {
      expect(await inJsdom(script)).toEqual(HEARD);
    });

    it('keeps nothing on a page of jsdom, which has no locks, says so, and has a connection of its own', async () => {
      expect(await inJsdom(keeping)).toEqual({ ...NOT_KEPT, roles: ['alone'] });
    });
  });
});
