import { describe, expect, it } from 'vitest';
import { behindPath, newSecretPath, pathIn, refusalStatusOf, withSecretPath } from '../../../localstack/secret-path.ts';

const path = newSecretPath();

describe('a secret path', () => {
  it('is another one at each start, and nothing that is guessed', () => {
    expect(path).toMatch(/^\/[\w-]{32}$/);
    expect(newSecretPath()).not.toBe(path);
  });

  it('leads to what stands behind it', () => {
    expect(behindPath(`${path}/@connections/a`, path)).toBe('/@connections/a');
    expect(behindPath('/@connections/a', '')).toBe('/@connections/a');
  });

  it.each([
    ['without it', '/@connections/a'],
    ['under another one', `${newSecretPath()}/@connections/a`],
    ['cut', `${path.slice(0, -1)}/@connections/a`],
    ['with more behind', `${path}x/@connections/a`],
    ['alone', path],
    ['twice', `/${path}/@connections/a`],
    ['in other letters', `${path.replace(/[a-z]/, (letter) => letter.toUpperCase())}/@connections/a`],
    ['of another alphabet', `/${'é'.repeat(32)}/@connections/a`],
    ['in the query', `/@connections/a?${path}/`],
    ['with the address before it', `http://host${path}/@connections/a`],
    ['of nothing', ''],
  ])('leads nowhere %s', (_, url) => {
    expect(behindPath(url, path)).toBeUndefined();
  });

  it('of an earlier start led to what is gone, and anything else is forbidden', () => {
    expect(refusalStatusOf(`${newSecretPath()}/@connections/a`)).toBe(410);
    for (const url of ['/@connections/a', '/', '', `${newSecretPath()}/other`, '/short/@connections/a'])
      expect(refusalStatusOf(url)).toBe(403);
  });

  it('is added to an address that has none, and to no other', () => {
    const address = withSecretPath('http://host:3001');
    expect(address).toMatch(/^http:\/\/host:3001\/[\w-]{32}$/);
    expect(withSecretPath(address)).toBe(address);
    expect(withSecretPath('host:port')).toBe('host:port');
    expect(withSecretPath('no address')).toBe('no address');
    expect(pathIn(address)).toBe(address.slice('http://host:3001'.length));
    expect(pathIn('http://host:3001/')).toBe('');
  });
});
