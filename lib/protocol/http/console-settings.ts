import { choice, type Read, required, text } from '../messages/fields.ts';

/** What the console must be told before it can ask anything else. */
export const consoleSettings = {
  websocket: required(text(), 'The address of the WebSocket gateway, as this browser reaches it'),
  auth: required(choice(['dev', 'jwt']), 'How clients say who they are: by name, or by token'),
  stage: required(text(), 'The stage that is deployed, or `local`'),
};
export type ConsoleSettings = Read<typeof consoleSettings>;
