import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteAnswer } from '../../../localstack/site/answer.ts';

const PROGRAM = 'document.title = "";';

describe('the documents under /docs', () => {
  const above = mkdtempSync(join(tmpdir(), 'realtime-sync-site-'));
  const folder = join(above, 'site');

  beforeAll(() => {
    mkdirSync(join(folder, 'assets'), { recursive: true });
    mkdirSync(join(folder, 'adr'));
    writeFileSync(join(above, 'secret.txt'), 'secret');
    writeFileSync(
      join(folder, 'index.html'),
      `<script type="module" src="/docs/assets/a.js"></script><script id="one">${PROGRAM}</script>`,
    );
    writeFileSync(join(folder, 'adr/index.html'), 'decisions');
    writeFileSync(join(folder, 'protocol.html'), 'protocol');
    writeFileSync(join(folder, '404.html'), 'not there');
    writeFileSync(join(folder, 'assets/a.js'), 'a');
  });
  afterAll(() => rmSync(above, { recursive: true, force: true }));

  const asked = async (address: string): Promise<string> => {
    const { status, body } = await siteAnswer(folder, address);
    return `${status} ${body}`;
  };

  it('say how they are built, if they are not', async () => {
    const { status, body } = await siteAnswer(join(above, 'nowhere'), '/docs');
    expect(status).toBe(404);
    expect(body).toContain('npm run docs:site');
  });

  it('have an address with a slash, from which links lead on', async () => {
    expect(await siteAnswer(folder, '/docs?a=b')).toMatchObject({ status: 308, headers: { location: '/docs/' } });
    expect((await siteAnswer(folder, '/docs/?a=b')).status).toBe(200);
  });

  it.each([
    ['/docs/protocol.html', '200 protocol'],
    ['/docs/protocol', '200 protocol'],
    ['/docs/adr/', '200 decisions'],
    ['/docs/assets/a.js', '200 a'],
    ['/docs/nothing', '404 not there'],
    ['/docs/assets/', '404 not there'],
    ['/docs/protocol.html/more.js', '404 not there'],
  ])('answer %s with %s', async (address, answer) => {
    expect(await asked(address)).toBe(answer);
  });

  it.each(['/docs/../secret.txt', '/docs/%2e%2e/secret.txt', '/docs/%2e%2e%2fsecret.txt', '/docs/..%5csecret.txt'])(
    'do not lead out of their folder: %s',
    async (address) => {
      expect(await asked(address)).toBe('404 not there');
    },
  );

  it.each(['/docs/%', '/docs/%00.html'])('are not there under what is no name: %s', async (address) => {
    expect(await asked(address)).toBe('404 not there');
  });

  it('let no program run but their own', async () => {
    const { headers } = await siteAnswer(folder, '/docs/');
    const hash = createHash('sha256').update(PROGRAM).digest('base64');
    expect(headers['content-security-policy']).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('are kept by a browser only under names that change with them', async () => {
    expect((await siteAnswer(folder, '/docs/assets/a.js')).headers['cache-control']).toContain('immutable');
    expect((await siteAnswer(folder, '/docs/protocol.html')).headers['cache-control']).toBe('no-cache');
  });
});
