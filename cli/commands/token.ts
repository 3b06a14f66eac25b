import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { SignJWT } from 'jose';
import { parseGrants } from '../../lib/protocol/grants.ts';
import { isIdentifier } from '../../lib/protocol/identifier.ts';
import { Failure } from '../exit-code.ts';
import { settingsHere } from '../here.ts';
import type { Output } from '../output.ts';

interface TokenOptions {
  readonly sub: string;
  readonly subscribe?: readonly string[];
  readonly publish?: readonly string[];
  readonly admin: boolean;
  readonly backend: boolean;
  readonly expires: number;
}

/** Bytes that leave room for the other headers of a handshake. */
const MOST_OF_TOKEN = 8_192;

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Reads a duration as seconds. */
const secondsOf = (text: string): number => {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0)
    throw new InvalidArgumentError('Expected a duration: 30s, 5m, 2h, 7d.');
  return Number(count) * UNITS[unit as keyof typeof UNITS];
};

const nameOf = (text: string): string => {
  if (isIdentifier(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 128 printable characters.');
};

/** The command `token`: makes a token that a service with this secret believes. */
export const token = (program: Command, output: () => Output): void => {
  program
    .command('token')
    .description('make a token for AUTH_MODE=jwt, signed with AUTH_JWT_SECRET')
    .requiredOption('--sub <user>', 'who it is for', nameOf)
    .option('--subscribe <patterns...>', 'channels and patterns that may be subscribed to')
    .option('--publish <patterns...>', 'channels and patterns that may be published to')
    .option('--admin', 'may see and do what concerns everyone', false)
    .option('--backend', 'has the limit of back-ends', false)
    .option('--expires <duration>', 'from now on: 30s, 5m, 2h, 7d', secondsOf, UNITS.h)
    .action(async ({ sub, subscribe, publish, admin, backend, expires }: TokenOptions) => {
      const { AUTH_JWT_SECRET: secret, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience } = settingsHere();
      if (!secret)
        throw new Failure('AUTH_JWT_SECRET is not set, in .env or the environment: there is nothing to sign with');
      const channels = parseGrants({ subscribe: subscribe ?? [], publish: publish ?? [] });
      const isGranted = subscribe !== undefined || publish !== undefined;
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        ...(isGranted ? { channels } : {}),
        ...(admin ? { admin } : {}),
        ...(backend ? { backend } : {}),
      };
      const signing = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject(sub);
      if (issuer) signing.setIssuer(issuer);
      if (audience) signing.setAudience(audience);
      const text = await signing
        .setIssuedAt(now)
        .setExpirationTime(now + expires)
        .sign(new TextEncoder().encode(secret));
      if (text.length > MOST_OF_TOKEN) {
        throw new Failure(
          `The token has ${text.length} bytes. API Gateway takes 10,240 of a request line and all headers together: grant fewer channels, or patterns that stand for several`,
        );
      }
      output().say(text, { token: text, expires: (now + expires) * 1_000 });
    });
};
