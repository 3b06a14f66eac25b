import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { assertDiskSpace } from '../../../localstack/servers/disk-space.ts';
import { erlangHome } from '../../../localstack/servers/erlang-home.ts';
import { startRabbitMq } from '../../../localstack/servers/rabbitmq.ts';
import { prepareRabbitMq } from '../../../localstack/servers/rabbitmq-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'rabbitmq-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each(["'", '"', '`'])(
  'a RabbitMQ is not started in a folder with %s, which it takes for a quote',
  async (letter) => {
    const folder = join(directory, `a${letter}b`);
    await expect(
      startRabbitMq({ program: 'none', directory: folder, preferredPort: 0, report: () => undefined }),
    ).rejects.toThrow(`a folder whose path has a ${letter} in it: ${folder}. Move the clone`);
  },
);

it('a RabbitMQ reads nothing by a path of its folder from rabbitmq.conf, where a # would end it', () => {
  const folder = join(directory, 'a#b');
  const { environment } = prepareRabbitMq(folder, { amqp: 1, distribution: 2, epmd: 3 });
  expect(readFileSync(String(environment['RABBITMQ_CONFIG_FILE']), 'utf8')).not.toContain('a#b');
  expect(readFileSync(String(environment['RABBITMQ_ADVANCED_CONFIG_FILE']), 'utf8')).toContain(
    `{load_definitions, <<${[...Buffer.from(join(folder, 'definitions.json'))]}>>}`,
  );
});

it('a server is not started where its disk has too little room', () => {
  expect(() => assertDiskSpace('rabbitmq', directory, Number.MAX_VALUE)).toThrow(
    new RegExp(`^${directory} lies on a disk with \\d+ MB of room, and RabbitMQ takes nothing below `),
  );
  assertDiskSpace('rabbitmq', directory, 1);
});

it('Erlang keeps its cookie in the folder of RabbitMQ, and elsewhere where others may read that', () => {
  chmodSync(directory, 0o700);
  const own = erlangHome(directory);
  expect(own).toMatchObject({ path: directory, isOpen: false });
  own.remove();
  expect(existsSync(directory)).toBe(true);

  chmodSync(directory, 0o755);
  const lent = erlangHome(directory);
  expect(lent).toMatchObject({ isOpen: true });
  expect(statSync(lent.path).mode & 0o777).toBe(0o700);
  lent.remove();
  expect(existsSync(lent.path)).toBe(false);
});
