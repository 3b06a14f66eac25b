import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { config } from '../lib/config.ts';
import type { Connection } from '../lib/ports.ts';
import { parseCapabilities } from '../lib/protocol/capabilities.ts';

/** What the gateway says of a connection, on every route once an authorizer has let it in. */
export type WebSocketEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly requestContext: { readonly authorizer?: { readonly principalId?: string; readonly capabilities?: string } };
};

/** The connection an event is about. */
export const connectionOf = ({ requestContext }: WebSocketEvent): Connection => {
  const user = requestContext.authorizer?.principalId;
  if (user === undefined) throw new Error('The gateway named no user: the authorizer is not attached to $connect');
  return {
    id: requestContext.connectionId,
    user,
    endpoint: config().gateway.endpoint,
    capabilities: parseCapabilities(requestContext.authorizer?.capabilities),
  };
};
