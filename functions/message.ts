import { receiveFrames } from './receive.ts';

/** A client sends a frame. */
export const handler = receiveFrames('message');
