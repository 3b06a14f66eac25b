import { ConfigError } from '../../lib/config/section.ts';
import { UsageError } from '../../localstack/usage.ts';
import { doctor } from './command.ts';

try {
  process.exitCode = await doctor(process.argv.slice(2), console.log);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
