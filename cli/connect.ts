import { terminal } from '../client/terminal/terminal.ts';
import { ConfigError } from '../lib/config/section.ts';
import { addressesHere } from './here.ts';

try {
  await terminal(addressesHere);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
