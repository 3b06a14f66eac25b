import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Answers one path of the HTTP address. */
export type Route = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** An answer that nobody keeps. */
export const answer = (statusCode: number, contentType: string, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body,
});

export const json = (statusCode: number, value: unknown): APIGatewayProxyStructuredResultV2 =>
  answer(statusCode, 'application/json', JSON.stringify(value));
