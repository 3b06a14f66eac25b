import { FrameError } from './errors.ts';
import { bytesOf, inflateStreaming } from './inflate-streaming.ts';

/** Node’s own, which is done at once. Its web streams take four times as long, more than all else that is done to a frame. */
interface Zlib {
  inflateSync(data: Uint8Array): { toString(encoding: 'utf8'): string };
}

interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

// A bundle for pages has no `process`, as its build says, and nothing of what is for Node alone.
const zlib =
  (globalThis as Runtime).process === undefined
    ? undefined
    : ((globalThis as Runtime).process?.getBuiltinModule?.('node:zlib') as Zlib | undefined);

/** Whether this runtime can undo compression. Who cannot must not say that it takes what is compressed. */
export const canInflate = (): boolean =>
  typeof atob === 'function' &&
  (((globalThis as Runtime).process !== undefined && zlib !== undefined) ||
    (typeof DecompressionStream === 'function' && typeof Response === 'function'));

const unreadable = (cause: unknown): never => {
  throw new FrameError(cause, true);
};

/**
 * Undoes compression: at once where the runtime can, else in a while.
 *
 * @param data - in base64.
 * @throws FrameError (or rejects with it) where it is not what the encoding says.
 */
export const inflate = (data: string, encoding: string): string | Promise<string> => {
  try {
    if ((globalThis as Runtime).process !== undefined && zlib !== undefined && encoding === 'deflate')
      return zlib.inflateSync(bytesOf(data)).toString('utf8');
    return inflateStreaming(data, encoding).catch(unreadable);
  } catch (error) {
    return unreadable(error);
  }
};
