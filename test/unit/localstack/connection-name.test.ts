import { describe, expect, it } from 'vitest';
import {
  newConnectionName,
  newNamingSecret,
  provenName,
  readConnectionName,
} from '../../../localstack/connection-name.ts';

const secret = newNamingSecret();
const name = newConnectionName();
const proven = provenName(name, secret);

describe('the name of a connection', () => {
  it('is taken from who knows the secret', () => {
    expect(readConnectionName(proven, secret)).toBe(name);
  });

  it.each([
    ['without a proof', name],
    ['with an empty proof', `${name} `],
    ['with the proof of another name', proven.replace(name, newConnectionName())],
    ['with a proof by another secret', provenName(name, newNamingSecret())],
    ['with a proof that was cut', proven.slice(0, -8)],
    ['that is sent twice', `${proven}, ${proven}`],
    ['that is a list', [proven, proven]],
    ['of another form', provenName('health-check', secret)],
    ['that is empty', provenName('', secret)],
    ['that is not there', undefined],
  ])('is not taken from a header %s', (_, header) => {
    expect(readConnectionName(header, secret)).toBeUndefined();
  });

  it('is taken from nobody where there is no secret', () => {
    expect(readConnectionName(proven, undefined)).toBeUndefined();
    expect(readConnectionName(name, undefined)).toBeUndefined();
    expect(readConnectionName(provenName(name, ''), undefined)).toBeUndefined();
  });
});
