import { onTestFinished, vi } from 'vitest';
import { SecretsManager } from '../../lib/secrets/secrets-manager.ts';
import { SecretsManagerServer } from '../secrets-manager.ts';
import { secretsContract } from './secrets.contract.ts';

secretsContract({
  name: 'Secrets Manager',
  open: async () => {
    const server = await SecretsManagerServer.start();
    onTestFinished(() => server.stop());
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'example', sessionToken: 'example' };
    return {
      secrets: new SecretsManager({ region: 'us-east-1', credentials }),
      put: (name, text) => server.secrets.put(name, text),
      deny: (reason) => {
        server.secrets.failure = new Error(reason);
      },
    };
  },
});
