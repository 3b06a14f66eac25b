import path from 'node:path';
import { measureHouse, textOf } from './house.ts';

// `npm run house`: information for whoever moves something. Nothing passes or fails by it.
console.log(textOf(await measureHouse(path.join(import.meta.dirname, '../..'))));
