import { describe, expect, it } from 'vitest';
import { traceparentOf } from '../../../lib/protocol/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${PARENT}-01`;

describe('[B-11] a traceparent', () => {
  it.each([
    ['of a request that is sampled', SAMPLED, SAMPLED],
    ['of one that is not', `00-${TRACE}-${PARENT}-00`, `00-${TRACE}-${PARENT}-00`],
    ['with flags of later use', `00-${TRACE}-${PARENT}-ff`, `00-${TRACE}-${PARENT}-ff`],
    ['of a later version, by what is known of it', `cc-${TRACE}-${PARENT}-03`, SAMPLED],
    ['of a later version, whose other flags are unknown', `01-${TRACE}-${PARENT}-fe`, `00-${TRACE}-${PARENT}-00`],
    ['of a later version, with flags in letters', `01-${TRACE}-${PARENT}-1b`, SAMPLED],
    ['of a later version that says more', `01-${TRACE}-${PARENT}-02-what-else`, `00-${TRACE}-${PARENT}-00`],
  ])('is taken %s', (_, value, taken) => {
    expect(traceparentOf(value)).toBe(taken);
  });

  it.each([
    ['that is none', undefined],
    ['that is no text', [SAMPLED]],
    ['that is empty', ''],
    ['of the version that never is', `ff-${TRACE}-${PARENT}-01`],
    ['with a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['with a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in capitals', SAMPLED.toUpperCase()],
    ['that is too short', SAMPLED.slice(1)],
    ['that says more in this version', `${SAMPLED}-more`],
    ['of a later version that goes on without a dash', `01-${TRACE}-${PARENT}-01more`],
    ['with a line break at its end', `${SAMPLED}\n`],
    ['of a later version with a line break in it', `01-${TRACE}-${PARENT}-01-\n`],
    ['that is too long', `01-${TRACE}-${PARENT}-01-${'x'.repeat(500)}`],
    ['between spaces', ` ${SAMPLED} `],
    ['that is no hexadecimal', SAMPLED.replace('4bf', '4bg')],
  ])('is ignored %s', (_, value) => {
    expect(traceparentOf(value)).toBeUndefined();
  });
});
