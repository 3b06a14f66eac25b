import { fileURLToPath } from 'node:url';
import { buildConsole } from './build.ts';

// For the image of the container, which is made without the emulator that would see to it.
await buildConsole(fileURLToPath(new URL('../..', import.meta.url)));
