/** What may be under way at once: either any number of `subscribe`, or any number of `look`, or one `change`. */
export type Phase = 'subscribe' | 'look' | 'change';

type Begin = (done: () => void) => void;

/**
 * Has requests of several tabs wait for each other that contradict, or could not be told apart: who asks what is held gets an
 * answer that nobody changes meanwhile. They begin in the order in which they came.
 *
 * @returns what takes a request: `begin` is called when its turn has come, with what is to be called, once, when it is done.
 */
export const inPhases = (): ((phase: Phase, begin: Begin) => void) => {
  const waiting: (readonly [Phase, Begin])[] = [];
  let present: Phase = 'change';
  let running = 0;
  const next = (): void => {
    for (;;) {
      const [first] = waiting;
      if (first === undefined) return;
      const [phase, begin] = first;
      if (running > 0 && (phase !== present || phase === 'change')) return;
      waiting.shift();
      present = phase;
      running++;
      begin(() => {
        running--;
        next();
      });
    }
  };
  return (phase, begin) => {
    waiting.push([phase, begin]);
    next();
  };
};
