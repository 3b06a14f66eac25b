import { beforeEach, expect, it, vi } from 'vitest';
import { indexedDbStore } from '../../../../client/src/storage/indexed-db-store.ts';
import { FakeIndexedDb } from './indexed-db.ts';

let idb: FakeIndexedDb;

beforeEach(() => {
  idb = new FakeIndexedDb();
  for (const [name, value] of Object.entries(idb.runtime)) vi.stubGlobal(name, value);
  return () => vi.unstubAllGlobals();
});

it('keeps texts by key, and gives those whose keys begin so', async () => {
  const store = indexedDbStore('mine');
  await Promise.all(Object.entries({ a: '1', ab: '2', 'a\ufffe': '3', b: '4' }).map((each) => store.set(...each)));
  expect(await store.get('ab')).toBe('2');
  expect(await store.get('c')).toBeUndefined();
  expect(await store.entries('a')).toEqual([
    ['a', '1'],
    ['ab', '2'],
    ['a\ufffe', '3'],
  ]);
  await store.delete('ab');
  await store.delete('c');
  expect(idb.kept('mine', 'values')).toEqual({ a: '1', 'a\ufffe': '3', b: '4' });
});

it('says that something is kept or deleted once it is, not once it is asked for', async () => {
  const store = indexedDbStore();
  await store.get('a');
  const set = store.set('a', '1');
  expect(idb.kept('realtime-sync', 'values')).toEqual({});
  await set;
  expect(idb.kept('realtime-sync', 'values')).toEqual({ a: '1' });
  const deleted = store.delete('a');
  expect(idb.kept('realtime-sync', 'values')).toEqual({ a: '1' });
  await deleted;
  expect(idb.kept('realtime-sync', 'values')).toEqual({});
});

it('opens its database once, when it is first used, and finds what another page wrote there', async () => {
  const [one, other] = [indexedDbStore('mine'), indexedDbStore('mine')];
  expect(idb.opened).toEqual([]);
  await Promise.all([one.set('a', '1'), one.get('a'), one.entries('')]);
  expect(idb.opened).toEqual([['mine', 1]]);
  expect(await other.get('a')).toBe('1');
  await one.get('a');
  expect(idb.opened).toHaveLength(2);
});

it.each(['onclose', 'onversionchange'] as const)('opens its database again behind %s', async (happens) => {
  const store = indexedDbStore();
  await store.set('a', '1');
  idb.databases[0]?.[happens]?.();
  // The browser has closed the one, and waits for the other to be closed.
  expect(idb.closed).toEqual(happens === 'onclose' ? [] : [idb.databases[0]]);
  expect(await store.get('a')).toBe('1');
  expect(idb.opened).toHaveLength(2);
});

it('rejects with what IndexedDB says, and goes on once that is over', async () => {
  const store = indexedDbStore();
  idb.failures.open = new Error('VersionError');
  await expect(store.get('a')).rejects.toBe(idb.failures.open);
  await expect(store.set('a', '1')).rejects.toBe(idb.failures.open);
  delete idb.failures.open;
  idb.failures.write = new Error('QuotaExceededError');
  await expect(store.set('a', '1')).rejects.toBe(idb.failures.write);
  delete idb.failures.write;
  await store.set('a', '1');
  idb.failures.read = new Error('UnknownError');
  await expect(store.get('a')).rejects.toBe(idb.failures.read);
  await expect(store.entries('a')).rejects.toBe(idb.failures.read);
  delete idb.failures.read;
  expect(await store.get('a')).toBe('1');
});

it('says so where there is no IndexedDB', async () => {
  vi.stubGlobal('indexedDB', undefined);
  await expect(indexedDbStore().get('a')).rejects.toThrow(
    new TypeError('There is no IndexedDB here: give a store, such as memoryStore()'),
  );
});
