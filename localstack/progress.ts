/**
 * Shows what happens while it happens, each line with the seconds since the start.
 *
 * @param write - takes a finished line.
 * @returns a function that shows one line.
 */
export const progress = (write: (line: string) => void = console.log): ((line: string) => void) => {
  const start = performance.now();
  return (line) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
    for (const part of line.split('\n')) write(`${seconds} s  ${part}`);
  };
};
