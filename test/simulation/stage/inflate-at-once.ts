import { syncBuiltinESMExports } from 'node:module';
import zlib, { type InputType, type ZlibOptions } from 'node:zlib';

type Told = (error: Error | null, result: Buffer) => void;

// The runtime inflates in a thread of its own, for which no virtual time waits. Imported before whoever imports it by name.
Object.assign(zlib, {
  inflate: (data: InputType, options: ZlibOptions, tell: Told): void => {
    let inflated: Buffer;
    try {
      inflated = zlib.inflateSync(data, options);
    } catch (error) {
      tell(error as Error, Buffer.alloc(0));
      return;
    }
    tell(null, inflated);
  },
});
syncBuiltinESMExports();
