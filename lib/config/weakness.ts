import type { Misfit } from './section.ts';

/** What production refuses, each unless it is allowed by this name. */
export const WEAKNESSES = [
  'jwks-over-http',
  'any-issuer',
  'any-audience',
  'any-origin',
  'redis-without-password',
  'redis-without-tls',
  'rabbitmq-without-password',
  'rabbitmq-without-tls',
] as const;

type Name = (typeof WEAKNESSES)[number];

/** What may be weak about a section’s settings: whether it is, and what is wrong, with the name of the setting first. */
interface Suspect {
  readonly name: Name;
  readonly isSo: boolean;
  readonly says: string;
  /** Whether it comes of a setting that is not there. */
  readonly missing?: true;
}

interface Judged {
  readonly environment: string;
  readonly allowed: readonly string[] | undefined;
}

/**
 * @param values - of a section that stands for production, and says what is allowed there.
 * @returns what of it is weak in production.
 */
/* @__NO_SIDE_EFFECTS__ */
export const weaknessesOf = ({ environment, allowed = [] }: Judged, suspects: readonly Suspect[]): Misfit[] =>
  environment !== 'production'
    ? []
    : suspects
        .filter(({ isSo }) => isSo)
        .map(({ name, says, missing = false }) => {
          const isAllowed = allowed.includes(name);
          const fate = isAllowed
            ? `allowed by PRODUCTION_ALLOWS=${name}`
            : `refused with NODE_ENV=production, unless PRODUCTION_ALLOWS names ${name}`;
          return { says: `${says}; ${fate}`, weakness: { allowed: isAllowed, missing } };
        });

/**
 * Whether what is sent there stays on this machine, or among containers, which know one another by names without a dot. An
 * address may be written as one number, too.
 */
const isNear = (address: string): boolean => {
  const { hostname } = new URL(address);
  return hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname) || /^[a-z][\w-]*$/i.test(hostname);
};

/** What may be weak about an address of Redis or RabbitMQ. */
/* @__NO_SIDE_EFFECTS__ */
export const weakAddress = (kind: 'redis' | 'rabbitmq', variable: string, address: string): readonly Suspect[] => {
  const { protocol, password } = new URL(address);
  return [
    {
      name: `${kind}-without-password`,
      isSo: password === '',
      says: `${variable} has no password: whoever reaches it holds all there is`,
    },
    {
      name: `${kind}-without-tls`,
      isSo: !['rediss:', 'amqps:'].includes(protocol) && !isNear(address),
      says: `${variable} is without TLS, and not on this machine: whoever is between reads the password and all there is`,
    },
  ];
};
