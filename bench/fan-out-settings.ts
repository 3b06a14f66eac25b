/**
 * The environment of a worker that runs the fan-out’s handler.
 *
 * @param prefix - of its keys in Redis.
 * @param port - of the gateway that it posts to.
 */
export const fanOutSettings = (
  { redisUrl, rabbitmqUrl }: { readonly redisUrl: string; readonly rabbitmqUrl: string },
  prefix: string,
  port: number,
): Readonly<Record<string, string>> => ({
  LOG_LEVEL: 'error',
  REDIS_URL: redisUrl,
  RABBITMQ_URL: rabbitmqUrl,
  REDIS_KEY_PREFIX: prefix,
  WS_ENDPOINT: `http://127.0.0.1:${port}`,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'y'.repeat(40),
  AWS_SESSION_TOKEN: 'z'.repeat(400),
});
