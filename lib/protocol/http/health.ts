import { byName, choice, either, flag, number, type Read, required, text } from '../messages/fields.ts';

/** What `GET /health` answers. */
export const health = {
  status: required(
    choice(['healthy', 'degraded', 'unhealthy']),
    'Unhealthy where something vital fails, degraded where only something else does, or something is not as it should be',
  ),
  timestamp: required(text(), 'When it was looked at, ISO 8601'),
  uptime: required(number, 'Milliseconds since the start, or in the cloud since the deployment'),
  checks: required(
    byName(either(flag, choice(['unknown'])), 'checks'),
    'Whether each works, by its name; unknown where nobody can tell',
  ),
  reasons: required(
    byName(text(), 'reasons'),
    'What is wrong, in words, by check; of those alone of which there is something to say',
  ),
};
export type Health = Read<typeof health>;

/** What `GET /live` answers. */
export const live = { status: required(choice(['live']), 'That the process answers') };
export type Live = Read<typeof live>;
