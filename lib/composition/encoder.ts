import { compression } from '../config/variables.ts';
import { config } from '../config.ts';
import { apiGatewayEncoder } from '../gateway/frames.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';

/** Makes the frames that the gateway takes, compressed as the settings say. */
export const composeEncoder = (): Encoder => apiGatewayEncoder(config(compression));
