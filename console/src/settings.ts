/** What the service says of itself before anything else is asked of it. */
export interface Settings {
  /** Address of the WebSocket gateway. */
  readonly websocket: string;
  /** `dev`: clients go by a name. Otherwise they need a token. */
  readonly auth: string;
  readonly stage: string;
}

/** @throws Error where the service does not say. */
export const readSettings = async (): Promise<Settings> => {
  const answer = await fetch('/console/settings.json');
  if (!answer.ok) throw new Error(`GET /console/settings.json answered ${answer.status}`);
  return (await answer.json()) as Settings;
};
