import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SigV4 } from '../../../lib/gateway/sigv4.ts';

type Data = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Data): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** Node’s SHA-256 in the form the reference signer asks for. */
class Sha256 {
  readonly #hash: { update(data: Uint8Array): unknown; digest(): Buffer };

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

/** A header among names and values by turns. */
const header = (headers: readonly string[], name: string): string | undefined =>
  headers.find((_, i) => i % 2 === 1 && headers[i - 1] === name);

it('signs as the AWS SDK’s own signer does', async () => {
  // No gateway gives out an id of dots alone, which a URL would take for a folder.
  const id = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }).filter((text) => !/^\.+$/.test(text));
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        accessKeyId: fc.stringMatching(/^[A-Z0-9]{20}$/),
        secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
        sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{30}$/), { nil: undefined }),
      }),
      id,
      fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
      fc.constantFrom('POST', 'DELETE', 'GET'),
      fc.constantFrom('', '/prod', '/a-stage_1'),
      fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
      async (credentials, connectionId, payload, method, stage, date) => {
        const host = 'abc123.execute-api.eu-west-1.amazonaws.com';
        const path = `${stage}/@connections/${encodeURIComponent(connectionId)}`;
        const reference = new SignatureV4({
          service: 'execute-api',
          region: 'eu-west-1',
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
          },
          sha256: Sha256,
          applyChecksum: false,
        });
        const expected = await reference.sign(
          { method, protocol: 'https:', hostname: host, path, headers: { host }, body: payload },
          { signingDate: date },
        );
        const signed = new SigV4(() => credentials, 'eu-west-1').sign(method, host, path, payload, date.getTime());
        expect(header(signed, 'authorization')).toBe(expected.headers['authorization']);
        expect(header(signed, 'x-amz-date')).toBe(expected.headers['x-amz-date']);
        expect(header(signed, 'x-amz-security-token')).toBe(expected.headers['x-amz-security-token']);
      },
    ),
    { numRuns: 200 },
  );
});

it('derives another key on another day', () => {
  const signer = new SigV4(() => ({ accessKeyId: 'A', secretAccessKey: 'b', sessionToken: undefined }), 'us-east-1');
  const sign = (day: string) =>
    header(signer.sign('POST', 'h', '/@connections/x', undefined, Date.parse(day)), 'authorization');
  expect(sign('2026-01-01')).not.toBe(sign('2026-01-02'));
  expect(sign('2026-01-01')).toBe(sign('2026-01-01'));
});

it('says at which second it signs', () => {
  const signer = new SigV4(() => ({ accessKeyId: 'A', secretAccessKey: 'b', sessionToken: undefined }), 'us-east-1');
  const sign = (now: number) => header(signer.sign('POST', 'h', '/@connections/x', undefined, now), 'x-amz-date');
  expect([0, 999, 1_000, 1_999, 2_000].map((now) => sign(now)?.slice(-4))).toEqual([
    '000Z',
    '000Z',
    '001Z',
    '001Z',
    '002Z',
  ]);
});

it('signs with rotated credentials from the moment they are there', () => {
  let credentials = { accessKeyId: 'A', secretAccessKey: 'a', sessionToken: 'first' };
  const signer = new SigV4(() => credentials, 'us-east-1');
  const sign = (fresh: SigV4) => fresh.sign('POST', 'h', '/@connections/x', undefined, Date.parse('2026-01-01'));
  sign(signer);
  credentials = { accessKeyId: 'B', secretAccessKey: 'b', sessionToken: 'second' };
  expect(sign(signer)).toEqual(sign(new SigV4(() => credentials, 'us-east-1')));
});

it('signs for another day, and with another secret, as a signer does that never signed before', () => {
  let secretAccessKey = 'one';
  const signed = (signer: SigV4, now: number) => signer.sign('POST', 'gateway', '/@connections/a', undefined, now);
  const made = () => new SigV4(() => ({ accessKeyId: 'a', secretAccessKey, sessionToken: undefined }), 'eu-west-1');
  const signer = made();
  const day = 86_400_000;
  for (const [now, secret] of [
    [day, 'one'],
    [day + 1_000, 'one'],
    [2 * day, 'one'],
    [2 * day, 'other'],
    [day, 'one'],
  ] as const) {
    secretAccessKey = secret;
    expect(signed(signer, now)).toEqual(signed(made(), now));
  }
});

it('escapes all of a path but what needs no escape', () => {
  const signer = new SigV4(() => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: undefined }), 'eu-west-1');
  const paths = ['/@connections/a=', '/@connections/a%3D', '=', '', '/a~b_c.d-e', '@@a@@'];
  expect(new Set(paths.map((path) => signer.sign('GET', 'gateway', path, undefined, 0).at(-1))).size).toBe(6);
});
