import { receiveFrames } from './frames.ts';

/** A client asks for what it missed. A function of its own, since it reads and sends far more than other messages do. */
export const handler = receiveFrames('replay');
