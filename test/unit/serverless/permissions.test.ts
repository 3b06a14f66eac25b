import { expect, it } from 'vitest';
import { nameCallers } from '../../../serverless/permissions.ts';

it('lets a function of several routes be called on each, since it has one permission', () => {
  const resources = {
    ChatLambdaPermissionWebsockets: { Type: 'AWS::Lambda::Permission', Properties: {} },
    OtherLambdaPermissionHttpApi: { Type: 'AWS::Lambda::Permission', Properties: {} },
  };
  const chat = { events: [{ websocket: { route: '$default' } }, { websocket: { route: 'replay' } }] };
  nameCallers(resources, { chat, other: { events: [{ httpApi: {} }] } }, 'dev');
  expect(resources).toMatchObject({
    ChatLambdaPermissionWebsockets: {
      Properties: { SourceArn: { 'Fn::Sub': expect.stringMatching(/:\S+\/dev\/\*$/) } },
    },
    OtherLambdaPermissionHttpApi: { Properties: {} },
  });
});
