const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A time of day with milliseconds. @param time - ms since 1970. */
export const clockTime = (time: number): string =>
  `${CLOCK.format(time)}.${String(Math.floor(time) % 1_000).padStart(3, '0')}`;

/** A time of day to the second. @param time - ms since 1970. */
export const timeOfDay = (time: number): string => CLOCK.format(time);

/** A duration as people say it: `0.8 ms`, `12 ms`, `3.4 s`, `5 min`, `2 h 10 min`, `3 d 4 h`. */
export const milliseconds = (duration: number): string => {
  if (duration < 10) return `${Number(duration.toFixed(1))} ms`;
  if (duration < 1_000) return `${Math.round(duration)} ms`;
  if (duration < 60_000) return `${Number((duration / 1_000).toFixed(1))} s`;
  const minutes = Math.floor(duration / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
};

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes as people say it: `12 bytes`, `1.5 KiB`, `64 MiB`. */
export const bytes = (count: number): string => {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${Number((count / 2 ** (10 * power)).toFixed(1))} ${UNITS[power]}`;
};

const COMPACT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A quantity to three digits where it is small, whole where it is not. */
export const quantity = (value: number): string => (value < 100 ? COMPACT : WHOLE).format(value);

/** `1 event`, `3 events`. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${WHOLE.format(count)} ${count === 1 ? singular : plural}`;
