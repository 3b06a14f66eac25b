import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Waits for a line. A line means the child ended or was stopped in order; the end of the file without one means that
 * the process holding the other end of the pipe died, by whatever signal, and then the group has to go as well.
 */
const SCRIPT = `
read -r _ && exit 0
kill -s TERM -- "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 0.5
  kill -s 0 -- "-$1" 2>/dev/null || exit 0
done
kill -s KILL -- "-$1" 2>/dev/null
`;

/**
 * Makes a process group end with this process, even where this process is killed with SIGKILL and cannot do it itself.
 *
 * @param pid - the group's leader.
 * @returns a function that calls the watch off.
 */
export const watchOver = (pid: number): (() => void) => {
  const watchdog: ChildProcess = spawn('sh', ['-c', SCRIPT, 'sh', String(pid)], {
    // A group of its own: what kills ours from the terminal must not reach the watchdog.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => {});
  // The watchdog may be gone already, and then nobody reads the line.
  watchdog.stdin?.on('error', () => {});
  watchdog.unref();
  return () => watchdog.stdin?.end('done\n');
};
