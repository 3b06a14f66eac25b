/** Characters of the version that is known. Those of a later one are at least as many. */
const LENGTH = 55;
/** Characters up to which one of a later version is looked at. */
const MOST = 512;

const FIELDS = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const ZEROS = /^0+$/;

/** The bit of the flags that says that the caller may have recorded it. */
const SAMPLED = 1;

/**
 * Reads where something stands in a trace. Source: W3C Recommendation "Trace Context", 3.2, "Traceparent Header", and 4.3,
 * "Versioning": what is not valid is ignored, and of a later version what this one knows is passed on as of this one.
 *
 * @param value - whatever stood there.
 * @returns it, of version 00; undefined where there is none that is valid.
 */
export const traceparentOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || value.length < LENGTH || value.length > MOST) return undefined;
  const [, version, trace = '', parent = '', flags = ''] = FIELDS.exec(value) ?? [];
  if (version === undefined || version === 'ff' || ZEROS.test(trace) || ZEROS.test(parent)) return undefined;
  if (version === '00') return value.length === LENGTH ? value : undefined;
  return `00-${trace}-${parent}-0${Number.parseInt(flags, 16) & SAMPLED}`;
};
