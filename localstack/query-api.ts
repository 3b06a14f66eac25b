/** LocalStack takes any signature; it reads from it which service is meant. */
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** A service of AWS as LocalStack has it, spoken to in the Query protocol, which all its versions know. */
export interface QueryApi {
  readonly endpoint: string;
  /** As the credential scope names it. */
  readonly service: string;
  readonly version: string;
}

/** Milliseconds an answer may take. */
const PATIENCE = 30_000;

/** Asks for one action. @throws where nothing answers. */
export const query = async (
  { endpoint, service, version }: QueryApi,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly ok: boolean; readonly body: string }> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: authorization(service), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: version, ...parameters }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  return { ok: response.ok, body: await response.text() };
};

/** The text of the first element of that name; empty where there is none. */
export const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
