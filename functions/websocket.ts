import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { type Admission, isSigned } from '../lib/auth/admission.ts';
import { kept } from '../lib/composition/secrets.ts';
import { admission, gateway } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Caller } from '../lib/ports/connection.ts';
import { versionsOf } from '../lib/ports/rotating.ts';
import { parseCapabilities } from '../lib/protocol/capabilities.ts';
import { parseSession } from '../lib/protocol/session.ts';

const { endpoint } = config(gateway);
const admissions = kept(admission);

/** What the gateway says of a connection, on every route once an authorizer has let it in. */
export type WebSocketEvent = APIGatewayProxyWebsocketEventV2 & {
  /** On `$connect` alone. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly authorizer?: {
      readonly principalId?: string;
      readonly capabilities?: string;
      readonly session?: string;
      /** Of all that, and of the connection; by each of the authorizer’s secrets, separated by spaces. */
      readonly signature?: string;
    };
  };
};

/** Whether the authorizer signed it, where it signs anything: by its secret, or by the one before. */
const isAdmitted = async (said: Admission, signature: string | undefined): Promise<boolean> => {
  const { keys, unsigned } = admissions.latest;
  if (keys.length === 0 || (unsigned && signature === undefined)) return true;
  for await (const version of versionsOf(admissions)) {
    if (isSigned(version.keys, said, signature ?? '')) return true;
  }
  return false;
};

/**
 * The connection an event is about, with what its client was allowed when it connected.
 *
 * @throws Error where nobody decided it, or not of this connection: whoever may invoke a function could say anything.
 */
export const callerOf = async ({ requestContext }: WebSocketEvent): Promise<Caller> => {
  const { principalId: user, session, capabilities = '', signature } = requestContext.authorizer ?? {};
  if (user === undefined || session === undefined) {
    throw new Error('The gateway named no user: the authorizer is not attached to $connect');
  }
  const { connectionId } = requestContext;
  if (!(await isAdmitted({ connectionId, user, capabilities, session }, signature))) {
    throw new Error('What was said of a connection is not signed by the authorizer');
  }
  return {
    id: connectionId,
    user,
    endpoint,
    capabilities: parseCapabilities(capabilities),
    session: parseSession(session),
  };
};
