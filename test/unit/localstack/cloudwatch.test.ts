import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EmfRecorder } from '../../../lib/telemetry/emf.ts';
import { CloudWatchForwarder } from '../../../localstack/cloudwatch/forwarder.ts';
import { metricDataOf } from '../../../localstack/cloudwatch/metric-data.ts';

const DONE = `<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ResponseMetadata>
  <RequestId>1</RequestId></ResponseMetadata></PutMetricDataResponse>`;
const REFUSAL = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameterValue</Code>
  <Message>The parameter Namespace is wrong</Message></Error></ErrorResponse>`;

/** Stands in for LocalStack's CloudWatch, and answers as it does. */
const cloudWatch = async () => {
  const asked: { parameters: URLSearchParams; authorization: string }[] = [];
  const state = { status: 200, body: DONE };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      asked.push({ parameters: new URLSearchParams(body), authorization: request.headers.authorization ?? '' });
      response.writeHead(state.status, { 'content-type': 'text/xml' }).end(state.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { asked, state, server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** What a function writes to its log. */
const logged = (record: (recorder: EmfRecorder) => void): string[] => {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line).trimEnd());
    return true;
  });
  const recorder = new EmfRecorder('realtime-sync-test');
  record(recorder);
  recorder.write();
  vi.restoreAllMocks();
  return lines;
};

const LINES = logged((recorder) => {
  recorder.record('events_accepted', 3, 1);
  recorder.record('events_latency', 12.5, 2);
  recorder.record('frames_posted{outcome=taken}', 5, 1);
});

const forwarderTo = (endpoint: string) => {
  const reports: string[] = [];
  const forwarder = new CloudWatchForwarder(endpoint, (line) => reports.push(line));
  onTestFinished(() => forwarder.stop());
  return { forwarder, reports };
};

afterEach(() => vi.restoreAllMocks());

describe('what functions write for CloudWatch', () => {
  it('[O-5] is read as CloudWatch reads it', () => {
    expect(LINES.map(metricDataOf)).toMatchObject([
      [
        { namespace: 'realtime-sync-test', name: 'events_accepted', unit: 'Count', values: [3] },
        { name: 'events_latency', unit: 'Milliseconds', values: [12.5, 12.5] },
      ],
      [
        {
          name: 'frames_posted',
          dimensions: expect.arrayContaining([
            ['outcome', 'taken'],
            ['service', 'realtime-sync'],
          ]),
          values: [5],
        },
      ],
    ]);
  });

  it.each(['', 'text', '{"level":"INFO","message":"x"}', '{"_aws":', '{"_aws":{}}', '{"_aws":{"Timestamp":"now"}}'])(
    'is told from %j',
    (line) => expect(metricDataOf(line)).toBeUndefined(),
  );

  it('[O-12] is handed to LocalStack, in one request', async () => {
    const { asked, endpoint } = await cloudWatch();
    const { forwarder, reports } = forwarderTo(endpoint);
    for (const line of ['{"level":"INFO"}', ...LINES]) forwarder.take(line);
    await forwarder.flush();
    await forwarder.flush();
    expect(asked).toHaveLength(1);
    const [{ parameters, authorization } = expect.unreachable()] = asked;
    expect(authorization).toContain('/monitoring/aws4_request');
    expect(Object.fromEntries(parameters)).toMatchObject({
      Action: 'PutMetricData',
      Version: '2010-08-01',
      Namespace: 'realtime-sync-test',
      'MetricData.member.1.MetricName': 'events_accepted',
      'MetricData.member.1.Unit': 'Count',
      'MetricData.member.1.Values.member.1': '3',
      'MetricData.member.1.Counts.member.1': '1',
      'MetricData.member.2.Values.member.2': '12.5',
      'MetricData.member.3.MetricName': 'frames_posted',
    });
    expect(new Date(parameters.get('MetricData.member.1.Timestamp') ?? '').getTime()).toBeGreaterThan(0);
    expect([...parameters.values()]).toContain('taken');
    expect(reports).toEqual([]);
  });

  it('[O-12] waits while LocalStack refuses or is away, which is said once', async () => {
    const { asked, state, endpoint } = await cloudWatch();
    const { forwarder, reports } = forwarderTo(endpoint);
    Object.assign(state, { status: 400, body: REFUSAL });
    for (const line of LINES) forwarder.take(line);
    await forwarder.flush();
    await forwarder.flush();
    expect(reports).toEqual([expect.stringContaining('refuses: The parameter Namespace is wrong')]);
    Object.assign(state, { status: 200, body: DONE });
    await forwarder.flush();
    expect(reports[1]).toContain('takes metrics again');
    expect(asked.at(-1)?.parameters.get('MetricData.member.3.MetricName')).toBe('frames_posted');

    const away = forwarderTo('http://127.0.0.1:1');
    away.forwarder.take(LINES[0] ?? '');
    await away.forwarder.flush();
    expect(away.reports).toEqual([expect.stringContaining('does not answer')]);
  });
});
