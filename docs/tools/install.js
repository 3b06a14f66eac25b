/** Installs what the checks of the documentation need, and nothing else does. For Node 20 and later. */

import { fileURLToPath } from 'node:url';
import { bringUpToDate } from '../../localstack/installation.js';

bringUpToDate(fileURLToPath(new URL('.', import.meta.url)));
