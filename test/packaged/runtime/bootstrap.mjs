/**
 * Runs AWS's runtime for Node on what LAMBDA_TASK_ROOT holds, as in an environment of Lambda, but for its part that is
 * written in C++. That part is built from source when the package is installed, which takes cmake, a compiler and minutes.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, following) =>
    specifier === './rapid-client.node'
      ? { url: new URL('rapid-client.mjs', import.meta.url).href, shortCircuit: true }
      : following(specifier, context),
});
// By its address: who checks the imports of the house has not installed it.
await import(new URL('node_modules/aws-lambda-ric/index.mjs', import.meta.url).href);
