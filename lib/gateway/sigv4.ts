import { createHmac, hash } from 'node:crypto';
import { Hmac } from './hmac.ts';

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

const sha256 = (data: string | Uint8Array): string => hash('sha256', data, 'hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const SERVICE = 'execute-api';
const EMPTY_HASH = sha256('');

/** What a character comes to in a path that is signed, by its code; empty where it stays. A path as it is sent is ASCII. */
const ESCAPES = Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9\-._~/]/.test(String.fromCharCode(code)) ? '' : `%${code.toString(16).toUpperCase().padStart(2, '0')}`,
);

/** Encodes all but RFC 3986’s unreserved characters. A regular expression takes ten times as long for this. */
const encoded = (path: string): string => {
  let done = '';
  let from = 0;
  for (let at = 0; at < path.length; at++) {
    const encodedChar = ESCAPES[path.charCodeAt(at)] as string;
    if (encodedChar === '') continue;
    done += path.slice(from, at) + encodedChar;
    from = at + 1;
  }
  return done + path.slice(from);
};

/**
 * Signs requests to `execute-api` with Signature Version 4.
 *
 * The signing key depends only on the credentials and the day, so it is derived once for these; the hash of a payload
 * depends only on the payload, so a frame posted to many is hashed once.
 *
 * Source: AWS, "Create a signed AWS API request" (Signature Version 4).
 */
export class SigV4 {
  readonly #credentials: () => SigningCredentials;
  readonly #region: string;
  readonly #payloadHashes = new WeakMap<Uint8Array, string>();
  #day = '';
  #secret = '';
  #second = Number.NaN;
  #instant = '';
  #key = new Hmac(Buffer.alloc(0));

  /** @param credentials - asked at each signature, so that they may be rotated at any time. */
  constructor(credentials: () => SigningCredentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /**
   * @param method - `POST`, `GET` or `DELETE`.
   * @param host - as in the `Host` header, with the port where it is not the scheme’s own.
   * @param path - as sent on the request line, segments encoded.
   * @param payload - the body; undefined for none.
   * @param now - milliseconds since 1970.
   * @returns the headers to add to the request, names and values by turns.
   */
  sign(method: string, host: string, path: string, payload: Uint8Array | undefined, now: number): readonly string[] {
    const instant = this.#instantOf(now);
    const day = instant.slice(0, 8);
    const scope = `${day}/${this.#region}/${SERVICE}/aws4_request`;
    const { accessKeyId, secretAccessKey, sessionToken: token } = this.#credentials();

    // A path is encoded once more in what is signed than in what is sent.
    const canonicalPath = encoded(path);
    const signedHeaders = token === undefined ? 'host;x-amz-date' : 'host;x-amz-date;x-amz-security-token';
    const canonicalHeaders = `host:${host}\nx-amz-date:${instant}\n${token === undefined ? '' : `x-amz-security-token:${token}\n`}`;
    const request = `${method}\n${canonicalPath}\n\n${canonicalHeaders}\n${signedHeaders}\n${this.#hash(payload)}`;
    const key = this.#keyOf(day, secretAccessKey);
    const signature = key.hex(`AWS4-HMAC-SHA256\n${instant}\n${scope}\n${sha256(request)}`);

    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    if (token === undefined) return ['x-amz-date', instant, 'authorization', authorization];
    return ['x-amz-date', instant, 'x-amz-security-token', token, 'authorization', authorization];
  }

  #instantOf(now: number): string {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#instant = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    }
    return this.#instant;
  }

  #keyOf(day: string, secret: string): Hmac {
    if (day !== this.#day || secret !== this.#secret) {
      const regionKey = hmac(hmac(`AWS4${secret}`, day), this.#region);
      this.#key = new Hmac(hmac(hmac(regionKey, SERVICE), 'aws4_request'));
      this.#day = day;
      this.#secret = secret;
    }
    return this.#key;
  }

  #hash(payload: Uint8Array | undefined): string {
    if (payload === undefined) return EMPTY_HASH;
    let hash = this.#payloadHashes.get(payload);
    if (hash === undefined) {
      hash = sha256(payload);
      this.#payloadHashes.set(payload, hash);
    }
    return hash;
  }
}
