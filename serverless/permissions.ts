import { logicalName, type Resource } from './template.ts';

/** What is looked at of a route in serverless.yml. */
interface WebSocketRoute {
  readonly route: string;
  readonly authorizer?: { readonly name: string };
}

interface Triggered {
  readonly events?: readonly Readonly<Record<string, unknown>>[];
}

/** A part of this stack’s WebSocket API, by what stands behind the API’s id in an ARN. */
const partOf = (path: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${WebsocketsApi}/${path}`,
});

/**
 * Lets the WebSocket API call each function on its own route alone. The framework lets "API Gateway" call it, which is every
 * API of every account; and a function believes what the gateway says of a user.
 *
 * @param resources - of the template, completed in place.
 * @param functions - by their keys in serverless.yml.
 */
export const nameCallers = (
  resources: Readonly<Record<string, Resource>>,
  functions: Readonly<Record<string, Triggered>>,
  stage: string,
): void => {
  const allow = (key: string, path: string): void => {
    const permission = resources[`${logicalName(key)}LambdaPermissionWebsockets`];
    if (permission?.Properties !== undefined) permission.Properties['SourceArn'] = partOf(path);
  };
  for (const [key, { events = [] }] of Object.entries(functions)) {
    const routes = events.flatMap(({ websocket }) => (websocket === undefined ? [] : [websocket as WebSocketRoute]));
    // The framework makes one permission for all routes of a function.
    if (routes.length > 0) allow(key, `${stage}/${routes.length === 1 ? routes[0]?.route : '*'}`);
    for (const { authorizer } of routes) {
      if (authorizer === undefined) continue;
      allow(authorizer.name, `authorizers/\${${logicalName(authorizer.name)}WebsocketsAuthorizer}`);
    }
  }
};
