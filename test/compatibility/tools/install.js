/** Installs the runtimes and bundlers that the packed library is tried in. For Node 20 and later. */

import { fileURLToPath } from 'node:url';
import { bringUpToDate } from '../../../localstack/installation.js';

bringUpToDate(fileURLToPath(new URL('.', import.meta.url)));
