import { element, type QueryApi, query } from '../query-api.ts';
import { type MetricDatum, metricDataOf } from './metric-data.ts';

/** Milliseconds between two requests. */
const INTERVAL = 5_000;

/** Metrics of one request, fewer than CloudWatch takes; and as many as wait at most, the oldest give way. */
const MOST_PER_REQUEST = 500;
const MOST_WAITING = 10_000;

/** The parameters of `PutMetricData`, as the Query protocol numbers them. */
const parametersOf = (namespace: string, data: readonly MetricDatum[]): Record<string, string> => {
  const parameters: Record<string, string> = { Action: 'PutMetricData', Namespace: namespace };
  for (const [i, { name, unit, timestamp, dimensions, values }] of data.entries()) {
    const member = `MetricData.member.${i + 1}`;
    parameters[`${member}.MetricName`] = name;
    parameters[`${member}.Unit`] = unit;
    parameters[`${member}.Timestamp`] = new Date(timestamp).toISOString();
    for (const [j, value] of values.entries()) {
      parameters[`${member}.Values.member.${j + 1}`] = String(value);
      parameters[`${member}.Counts.member.${j + 1}`] = '1';
    }
    for (const [j, [dimension, value]] of dimensions.entries()) {
      parameters[`${member}.Dimensions.member.${j + 1}.Name`] = dimension;
      parameters[`${member}.Dimensions.member.${j + 1}.Value`] = value;
    }
  }
  return parameters;
};

/** Hands to LocalStack’s CloudWatch what functions write for it to their log, every few seconds. */
export class CloudWatchForwarder {
  readonly #api: QueryApi;
  readonly #report: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #waiting: MetricDatum[] = [];
  #underWay = Promise.resolve();
  /** It is said once that it fails, and once that it goes on. */
  #isFailing = false;

  /**
   * @param endpoint - of LocalStack.
   * @param report - told when it begins to fail, and when it goes on.
   */
  constructor(endpoint: string, report: (line: string) => void) {
    this.#api = { endpoint, service: 'monitoring', version: '2010-08-01' };
    this.#report = report;
    this.#timer = setInterval(() => void this.flush(), INTERVAL);
    this.#timer.unref();
  }

  /** Takes a line of a log; any that is not CloudWatch’s is passed over. */
  take(line: string): void {
    const data = metricDataOf(line);
    if (data === undefined) return;
    this.#waiting.push(...data);
    if (this.#waiting.length > MOST_WAITING) this.#waiting = this.#waiting.slice(-MOST_WAITING);
  }

  /** Resolves once what waited was handed over, or could not be and waits for the next time. Never rejects. */
  async flush(): Promise<void> {
    this.#underWay = this.#underWay.then(() => this.#send());
    await this.#underWay;
  }

  /** Hands over what waits, and stops. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const { namespace } = this.#waiting[0] as MetricDatum;
      const end = this.#waiting.findIndex((datum) => datum.namespace !== namespace);
      const data = this.#waiting.slice(0, Math.min(MOST_PER_REQUEST, end < 0 ? this.#waiting.length : end));
      const problem = await this.#put(namespace, data);
      if (problem !== undefined) {
        if (!this.#isFailing) this.#report(`Metrics wait: CloudWatch at ${this.#api.endpoint} ${problem}`);
        this.#isFailing = true;
        return;
      }
      if (this.#isFailing) this.#report(`CloudWatch at ${this.#api.endpoint} takes metrics again`);
      this.#isFailing = false;
      const sent = new Set(data);
      this.#waiting = this.#waiting.filter((datum) => !sent.has(datum));
    }
  }

  /** @returns what is wrong, if anything. */
  async #put(namespace: string, data: readonly MetricDatum[]): Promise<string | undefined> {
    try {
      const { ok, body } = await query(this.#api, parametersOf(namespace, data));
      return ok ? undefined : `refuses: ${element(body, 'Message') || body.slice(0, 200)}`;
    } catch {
      return 'does not answer';
    }
  }
}
