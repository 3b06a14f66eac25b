import { expect, it } from 'vitest';
import { tabSocket } from '../../../../client/src/tabs/tab-socket.ts';

const opened = () => {
  const told: unknown[] = [];
  const socket = tabSocket(
    (text) => told.push(['sent', text]),
    () => told.push('left'),
  );
  socket.onopen = () => told.push('open');
  socket.onmessage = ({ data }: { data: string }) => told.push(['heard', data]);
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => told.push(['closed', code, reason]);
  return { socket, told };
};

it('tells its client what comes, and nothing more once it is closed from elsewhere', async () => {
  const { socket, told } = opened();
  socket.take({ kind: 'opened', epoch: 1 });
  socket.send('x');
  socket.take({ kind: 'heard', data: 'y' });
  socket.take({ kind: 'closed', code: 4012, reason: 'replaced' });
  socket.take({ kind: 'heard', data: 'z' });
  socket.close();
  await Promise.resolve();
  expect(told).toEqual(['open', ['sent', 'x'], ['heard', 'y'], ['closed', 4012, 'replaced']]);
});

it('says that it is closed a moment after its client has closed it, once', async () => {
  const { socket, told } = opened();
  socket.close();
  expect(told).toEqual(['left']);
  await Promise.resolve();
  socket.close();
  await Promise.resolve();
  expect(told).toEqual(['left', ['closed', 1000, '']]);
});

it('is told to whoever listens by then, and to nobody else', () => {
  const socket = tabSocket(
    () => undefined,
    () => undefined,
  );
  for (const message of [
    { kind: 'opened', epoch: 1 },
    { kind: 'heard', data: 'y' },
    { kind: 'closed', code: 1000, reason: '' },
  ] as const)
    expect(() => socket.take(message)).not.toThrow();
});
