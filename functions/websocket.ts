import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { gateway } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Caller } from '../lib/ports/connection.ts';
import { parseCapabilities } from '../lib/protocol/capabilities.ts';
import { parseSession } from '../lib/protocol/session.ts';

const { endpoint } = config(gateway);

/** What the gateway says of a connection, on every route once an authorizer has let it in. */
export type WebSocketEvent = APIGatewayProxyWebsocketEventV2 & {
  /** On `$connect` alone. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly authorizer?: {
      readonly principalId?: string;
      readonly capabilities?: string;
      readonly session?: string;
    };
  };
};

/** The connection an event is about, with what its client was allowed when it connected. */
export const callerOf = ({ requestContext }: WebSocketEvent): Caller => {
  const { principalId: user, session } = requestContext.authorizer ?? {};
  if (user === undefined || session === undefined) {
    throw new Error('The gateway named no user: the authorizer is not attached to $connect');
  }
  return {
    id: requestContext.connectionId,
    user,
    endpoint,
    capabilities: parseCapabilities(requestContext.authorizer?.capabilities),
    session: parseSession(session),
  };
};
