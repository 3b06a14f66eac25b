import { afterEach, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { indexedDbStore, lasting, memoryStore, StorageError, type WriteError } from '../../../client/src/storage.ts';
import { createTestService } from '../../../client/testing/index.ts';

describe('who uses storage wrongly is told what to do', () => {
  const options = { url: 'ws://localhost:1', user: 'alice', connect: false };

  it.each([
    ['no third argument', undefined],
    ['nobody to tell', {}],
  ])('at once, where there is %s', (_, storage) => {
    expect(() => lasting(connect, options, storage as never)).toThrow(
      new TypeError(
        'lasting(connect, options, { onError }) needs onError, a function that is told what fails of the store',
      ),
    );
  });

  it('where there is no IndexedDB, as in Node', async () => {
    const errors: (StorageError | WriteError)[] = [];
    const client = lasting(connect, options, { locks: null, onError: (error) => errors.push(error) });
    expect(await client.pending()).toEqual([]);
    await client.close();
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['FAILED', 'The store failed: There is no IndexedDB here: give a store, such as memoryStore()'],
    ]);
    const store = indexedDbStore();
    for (const call of [store.get('a'), store.set('a', '1'), store.delete('a'), store.entries('a')])
      await expect(call).rejects.toThrow('There is no IndexedDB here');
  });

  describe('with no Web Locks', () => {
    afterEach(() => void vi.unstubAllGlobals());

    it('which is told with what to do', async () => {
      vi.stubGlobal('navigator', {});
      const errors: (StorageError | WriteError)[] = [];
      const client = lasting(connect, options, { store: memoryStore(), onError: (error) => errors.push(error) });
      expect(errors.map(({ code, message }) => [code, message])).toEqual([
        ['NO_LOCKS', expect.stringContaining('outside of browsers: store, and locks: null')],
      ]);
      await client.close();
    });
  });

  it('and keeps writes in Node with a store, and without locks', async () => {
    const service = createTestService();
    const store = memoryStore();
    const onError = vi.fn();
    service.setOffline(true);
    const first = lasting(connect, { ...service.options, user: 'alice' }, { store, locks: null, onError });
    const refused = first.broadcast('a', 1).catch((error: Error) => error);
    expect(await first.pending()).toMatchObject([{ channel: 'a', data: 1 }]);
    await first.close();
    expect(await refused).toMatchObject({ code: 'CLOSED', message: expect.stringContaining('waits in the store') });
    service.setOffline(false);
    const second = lasting(connect, { ...service.options, user: 'alice' }, { store, locks: null, onError });
    await service.advance(60_000);
    expect(service.events).toMatchObject([{ channel: 'a', data: 1 }]);
    await second.close();
    await service.close();
    expect(onError).not.toHaveBeenCalled();
  });

  it('says each thing in a sentence, with what caused it', () => {
    expect(new StorageError('FAILED', new Error('disk is full')).message).toBe('The store failed: disk is full');
    expect(new StorageError('ANOTHER_USER', 'bob').message).toMatch(/ of another user: bob$/);
    expect(new StorageError('FULL').message).toBe('As many broadcasts wait as may');
  });
});
