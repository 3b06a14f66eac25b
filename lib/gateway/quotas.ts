/**
 * Requests a second of an account and region, posts to clients among them. Source: Amazon API Gateway Developer Guide,
 * "Quotas for your API", throttle quota per account per Region across HTTP, REST, WebSocket and WebSocket callback APIs.
 */
export const REQUESTS_PER_SECOND = 10_000;

/** Dollars of a message to a client of up to 32 KB. Source: https://aws.amazon.com/api-gateway/pricing/, WebSocket, first tier. */
export const DOLLARS_PER_POST = 1e-6;
