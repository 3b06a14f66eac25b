import { receiveFrames } from './frames.ts';

/** A client sends a frame. */
export const handler = receiveFrames('message');
