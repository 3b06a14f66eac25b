import type { Stage } from './environment.ts';

/** Milliseconds in which whoever looks again and again finds that there is something. */
const LOOK = 50;

/**
 * Waits until there is something to do: for who looks for it again and again, of which the looks in vain are left out.
 *
 * @param dueIn - milliseconds until there is; infinite where nothing is known of that.
 * @param until - when to stop, milliseconds since the plan began.
 */
export const idle = (
  { time, steps }: Pick<Stage, 'time' | 'steps'>,
  dueIn: () => number,
  until: number,
): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let planned = Number.POSITIVE_INFINITY;
  let callOff = (): void => undefined;
  const plan = (at: number): void => {
    if (at >= planned) return;
    callOff();
    planned = at;
    callOff = time.after(Math.max(0, at - time.elapsed()), () => {
      steps.looks.delete(look);
      resolve();
    });
  };
  const look = (): void => {
    const due = dueIn();
    if (due < Number.POSITIVE_INFINITY) plan(Math.min(until, time.elapsed() + due + LOOK));
  };
  steps.looks.add(look);
  plan(until);
  look();
  return promise;
};
