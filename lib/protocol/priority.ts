/** Levels of `priority`, least first. */
export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Tells whether a value is one of the levels of `priority`. */
export const isPriority = (value: unknown): value is Priority => PRIORITIES.includes(value as Priority);
