import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Why a port cannot be had that is not taken, by the code of the error. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user: ports below 1024 are for the administrator. Set another',
  EADDRNOTAVAIL: 'cannot be listened at: HOST is no address of this machine. Set one that is, or 0.0.0.0 for all',
  ENOTFOUND: 'cannot be listened at: the name HOST is unknown. Set an address of this machine, or 0.0.0.0 for all',
  EAFNOSUPPORT: 'cannot be listened at: this machine has no addresses of that family. Set another HOST',
};

/**
 * Ports of this range are given to nobody who does not ask for them by number: the kernel takes those of outgoing
 * connections, and of servers that ask for any, from above it. So a port that is found free here still is when the program
 * it was found for listens, seconds later.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html ip_local_port_range; RFC 6335, section 6
 */
const [LEAST, MOST] = [10_000, 32_767];

/** Ports that the service was told to use and another program has. */
class PortTakenError extends Error {
  override readonly name = 'PortTakenError';

  /** @param taken - the ports, by the variable that sets each. */
  constructor(taken: readonly (readonly [variable: string, port: number])[]) {
    super(
      [
        ...taken.map(([variable, port]) => `Port ${port} is taken by another program (${variable}=${port}).`),
        `Stop that program, perhaps another start of this service, or set ${taken.map(([variable]) => variable).join(' and ')} to other ports.`,
      ].join('\n'),
    );
  }
}

/**
 * Listens for a moment.
 *
 * @returns the port, or undefined if it is taken.
 * @throws Error if it cannot be listened at for another reason.
 */
const tryPort = (port: number, host = LOOPBACK): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code === 'EAI_AGAIN' ? 'ENOTFOUND' : (error.code ?? '')];
      if (reason === undefined) resolve(undefined);
      else reject(new Error(`Port ${port} of ${host} ${reason}. (${error.message})`));
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });

/** Any port of the range that is free. */
const anyPort = async (): Promise<number> => {
  for (;;) {
    const port = await tryPort(LEAST + Math.floor(Math.random() * (MOST - LEAST + 1)));
    if (port !== undefined) return port;
  }
};

/**
 * Finds ports of the loopback interface that nobody listens on.
 *
 * @param preferred - ports to take if they are free; 0 for any.
 * @returns one for each, all different.
 */
export const freePorts = async (preferred: readonly number[]): Promise<number[]> => {
  const found: number[] = [];
  for (const wish of preferred) {
    let port = wish === 0 ? undefined : await tryPort(wish);
    while (port === undefined || found.includes(port)) port = await anyPort();
    found.push(port);
  }
  return found;
};

/**
 * Checks that ports are free.
 *
 * @param ports - by the variable that sets each.
 * @param host - where they are to be listened at.
 * @throws PortTakenError naming all that are not; Error if nothing can listen there at all.
 */
export const assertPortsFree = async (ports: Readonly<Record<string, number>>, host = LOOPBACK): Promise<void> => {
  const entries = Object.entries(ports);
  const free = await Promise.all(entries.map(async ([, port]) => (await tryPort(port, host)) !== undefined));
  const taken = entries.filter((_, index) => !free[index]);
  if (taken.length > 0) throw new PortTakenError(taken);
};
