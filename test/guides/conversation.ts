import { type ChildProcess, spawn } from 'node:child_process';
import WebSocket from 'ws';

/** Milliseconds to wait for a line: what is late on a busy machine is not wrong. */
const PATIENCE = 60_000;

/** A program that a reader types into, as far as a document shows it. */
export interface Conversation {
  /** Waits until it has said a line like this, of which `…` leaves something out. @throws Error if it never does */
  hear(line: string): Promise<void>;
  close(): Promise<void>;
}

/** One side of it. */
interface Side {
  readonly said: readonly string[];
  type(line: string): void;
  close(): Promise<void>;
}

/** Whether a line that was said is like one of a document. */
const isLike = (line: string, documented: string): boolean => {
  const [first = '', ...parts] = documented.trim().split(/ *… */);
  if (!line.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = line.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return documented.trim().endsWith('…') || at === line.trimEnd().length;
};

/** The interactive client, without a terminal. */
const terminal = (command: string, cwd: string): Side => {
  const child: ChildProcess = spawn('bash', ['-c', command], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const said: string[] = [];
  let begun = '';
  child.stdout?.on('data', (data) => {
    const lines = `${begun}${data}`.split('\n');
    begun = lines.pop() ?? '';
    said.push(...lines);
  });
  return {
    said,
    type: (line) => void child.stdin?.write(`${line}\n`),
    close: async () => {
      child.stdin?.end();
      await ended;
    },
  };
};

/** Stands for wscat, which is nobody's here: it shows frames and sends lines. */
const wscat = async (address: string): Promise<Side> => {
  const socket = new WebSocket(address);
  const said: string[] = [];
  socket.on('message', (frame) => void said.push(`< ${frame}`));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    said,
    type: (line) => socket.send(line),
    close: async () => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    },
  };
};

/**
 * Plays a block of a terminal: a line behind `$` starts a program, one behind `>` is typed, all others are said by it.
 *
 * @param cwd - the folder of the project.
 * @returns what goes on, until it is closed.
 * @throws Error if something is not said.
 */
export const converse = async (block: string, cwd: string): Promise<Conversation> => {
  const [first = '', ...lines] = block.trim().split('\n');
  const command = first.replace(/^\$ /, '');
  const [, address] = /^npx --yes wscat -c "(.*)"$/.exec(command) ?? [];
  const side = address === undefined ? terminal(command, cwd) : await wscat(address);
  const hear = async (line: string): Promise<void> => {
    for (const giveUp = Date.now() + PATIENCE; !side.said.some((each) => isLike(each, line)); ) {
      if (Date.now() > giveUp) throw new Error(`It never said ${line}:\n${side.said.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    for (const line of lines) {
      if (line.startsWith('> ')) side.type(line.slice(2));
      else await hear(line);
    }
  } catch (error) {
    await side.close();
    throw error;
  }
  return { hear, close: side.close };
};
