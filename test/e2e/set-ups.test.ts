import { unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askClient, Clones, converse, lock, openConsole, stop, WITHOUT_RIGHTS } from '../set-ups/clones.ts';
import { A_FILE_OF_WINDOWS, ODD_FOLDER, ODD_PASSWORD, PROXIES, redisOf, withRedisUser } from '../set-ups/odd.ts';

/** The commonest set-ups. Each alone, and rarer ones, are tried by `npm run test:set-ups`. */

const clones = new Clones();
beforeAll(() => clones.prepare());
afterAll(() => clones.remove());

describe('in a folder that cannot be written to', () => {
  const says = (clone: string): RegExp =>
    new RegExp(
      `^(\\[install\\] )?${clone} cannot be written to \\(EACCES\\)\\. .+'${clone}'\\. Then start again\\.$`,
      'm',
    );

  it('a start ends, says which it is, and what to do', async () => {
    const { clone, code, output } = await clones.run({ ...WITHOUT_RIGHTS, unbuilt: true, prepare: lock });
    expect(output.trim()).toMatch(says(clone));
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });

  it('an installation says the same', async () => {
    const prepare = (clone: string): void => {
      unlinkSync(`${clone}/node_modules`);
      lock(clone);
    };
    const { clone, code, output } = await clones.run(
      { ...WITHOUT_RIGHTS, unbuilt: true, prepare },
      'localstack/install.js',
    );
    expect(output.trim()).toMatch(says(clone));
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});

it('a start works where all is unusual at once', async () => {
  const release = await withRedisUser();
  try {
    const started = await clones.start({
      folder: ODD_FOLDER,
      unbuilt: true,
      from: tmpdir(),
      file: A_FILE_OF_WINDOWS,
      without: ['HOME'],
      environment: {
        ...PROXIES,
        NODE_USE_ENV_PROXY: '1',
        NODE_OPTIONS: '--enable-source-maps --no-warnings --max-old-space-size=512',
        HOST: 'localhost',
        LC_ALL: 'tr_TR.UTF-8',
        TZ: 'Pacific/Kiritimati',
        REDIS_URL: redisOf(ODD_PASSWORD),
      },
    });
    await converse(started);
    await openConsole(started);
    await askClient(started);
    await stop(started);
  } finally {
    await release();
  }
});

it("a start with its own RabbitMQ in a folder with a ' says at once that it cannot", async () => {
  const { clone, code, output } = await clones.run({ folder: "bob's", unbuilt: true, ownServers: true });
  expect(output).toContain(`a folder whose path has a ' in it: ${clone}/.local/rabbitmq. Move the clone`);
  expect(code).toBe(1);
});
