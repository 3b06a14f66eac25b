import type { ConsoleSettings } from '../../lib/protocol/http/console-settings.ts';

/** @throws Error where the service does not say. */
export const readSettings = async (): Promise<ConsoleSettings> => {
  const answer = await fetch('/console/settings.json');
  if (!answer.ok) throw new Error(`GET /console/settings.json answered ${answer.status}`);
  return (await answer.json()) as ConsoleSettings;
};
