/** What AWS’s runtime for Node puts behind a handler’s path, in the order in which it looks. */
const ENDINGS = ['', '.js', '.mjs', '.cjs'];

/**
 * The file AWS’s runtime for Node loads a handler from. The path as it stands comes first, and a folder of that name is taken
 * as well, which then cannot be loaded. Source: aws-lambda-ric 4.0.2, `loadModule` in dist/function/module-loader.js.
 *
 * @param handler - as in the template: a path without its ending, a dot, the name of what is exported.
 * @param exists - whether there is a file or a folder at a path.
 * @returns the path; undefined where there is nothing.
 */
export const handlerFile = (handler: string, exists: (path: string) => boolean): string | undefined => {
  const path = handler.replace(/\.[^./]+$/, '');
  return ENDINGS.map((ending) => path + ending).find(exists);
};
