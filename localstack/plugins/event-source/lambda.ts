import type { Serverless } from '../../../serverless/framework.ts';

interface LambdaFunction {
  setEvent(event: unknown): void;
  runHandler(): Promise<unknown>;
}

interface LambdaPool {
  create(functions: readonly { functionKey: string; functionDefinition: unknown }[]): void;
  get(functionKey: string): LambdaFunction;
  cleanup(): Promise<void>;
}

interface LambdaModule {
  readonly default: new (serverless: Serverless, options: Readonly<Record<string, unknown>>) => LambdaPool;
}

/** Functions that can be called, run the way the emulator is set to run them. */
export interface Functions {
  /** Calls a function and waits for it. Rejected where it throws, or runs out of time. */
  invoke(functionKey: string, event: object): Promise<unknown>;
  /** Ends the threads they run in, if they do. */
  close(): Promise<void>;
}

/** A module specifier the type checker is not to follow: the package has no types. */
const LAMBDA_MODULE: string = 'serverless-offline/lambda';

/**
 * Makes the functions of a service callable, by the emulator's own means.
 *
 * @param serverless - the service.
 * @param options - of serverless-offline.
 */
export const callableFunctions = async (
  serverless: Serverless,
  options: Readonly<Record<string, unknown>>,
): Promise<Functions> => {
  const { default: Lambda } = (await import(LAMBDA_MODULE)) as LambdaModule;
  // The pool does not listen anywhere until it is started, which it is not.
  const pool = new Lambda(serverless, { host: '127.0.0.1', lambdaPort: 0, ...options });
  pool.create(
    Object.entries(serverless.service.functions).map(([functionKey, functionDefinition]) => ({
      functionKey,
      functionDefinition,
    })),
  );
  return {
    invoke: (functionKey, event) => {
      // No pause between the two: the pool hands the same idle instance to whoever asks until it runs.
      const instance = pool.get(functionKey);
      instance.setEvent(event);
      return instance.runHandler();
    },
    close: () => pool.cleanup(),
  };
};
