/** Installs AWS's own runtime for Node, under which the packaged functions are run. For Node 20 and later. */

import { fileURLToPath } from 'node:url';
import { bringUpToDate } from '../../../localstack/installation.js';

bringUpToDate(fileURLToPath(new URL('.', import.meta.url)));
