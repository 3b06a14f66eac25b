import * as v from 'valibot';

/** One metric of a line in CloudWatch’s embedded format, as `PutMetricData` takes it. */
export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly dimensions: readonly (readonly [name: string, value: string])[];
  readonly values: readonly number[];
}

const line = v.looseObject({
  _aws: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.object({ Name: v.string(), Unit: v.optional(v.string(), 'None') })),
      }),
    ),
  }),
});

const numbers = v.union([
  v.array(v.number()),
  v.pipe(
    v.number(),
    v.transform((one) => [one]),
  ),
]);

/**
 * Reads a line of a function’s log.
 *
 * @returns what CloudWatch would make of it; undefined for a line that is not in its embedded format.
 */
export const metricDataOf = (text: string): readonly MetricDatum[] | undefined => {
  if (!text.startsWith('{"_aws":')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(line, value);
  if (!parsed.success) return undefined;
  const { _aws, ...fields } = parsed.output;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name, Unit }): MetricDatum[] => {
        const values = v.safeParse(numbers, fields[Name]);
        if (!values.success) return [];
        return [
          {
            namespace: Namespace,
            name: Name,
            unit: Unit,
            timestamp: _aws.Timestamp,
            dimensions: names.map((name) => [name, String(fields[name])]),
            values: values.output,
          },
        ];
      }),
    ),
  );
};
