/** Values by name: what a vector saved, and what the run was given. */
export type Names = Map<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts names in: `"${name}"` alone is the value itself, within a text its text. Keys of objects too. */
export const filled = (template: unknown, names: Names): unknown => {
  const named = (name: string): unknown => {
    if (!names.has(name)) throw new Error(`The vector names \${${name}}, which nothing has saved`);
    return names.get(name);
  };
  const inText = (text: string): string => text.replace(/\$\{(\w+)\}/g, (_, name: string) => String(named(name)));
  if (typeof template === 'string') {
    const [, alone] = /^\$\{(\w+)\}$/.exec(template) ?? [];
    return alone === undefined ? inText(template) : named(alone);
  }
  if (Array.isArray(template)) return template.map((each) => filled(each, names));
  if (!isObject(template)) return template;
  if (typeof template['$repeat'] === 'string') return template['$repeat'].repeat(Number(template['times']));
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [inText(key), filled(value, names)]));
};

/**
 * Whether a message fits a pattern: each field of the pattern must fit, others may be there. `{"$is": "string"}` fits any
 * value of that kind (string, number, boolean, absent, any); with `"as"` the value is saved under a name. Lists fit
 * element by element; `{"$anyOrder": [...]}` fits a list whose elements fit in some order.
 */
export const fits = (value: unknown, pattern: unknown, names: Names): boolean => {
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) && value.length === pattern.length && pattern.every((each, i) => fits(value[i], each, names))
    );
  }
  if (!isObject(pattern)) return Object.is(value, pattern);
  if ('$is' in pattern) {
    const kind = pattern['$is'];
    const isRight = kind === 'any' || (kind === 'absent' ? value === undefined : kind === typeof value);
    if (isRight && typeof pattern['as'] === 'string') names.set(pattern['as'], value);
    return isRight;
  }
  if (Array.isArray(pattern['$anyOrder'])) {
    const rest = Array.isArray(value) ? [...value] : [];
    const all = pattern['$anyOrder'].every((each) => {
      const found = rest.findIndex((one) => fits(one, each, names));
      if (found >= 0) rest.splice(found, 1);
      return found >= 0;
    });
    return all && rest.length === 0 && Array.isArray(value);
  }
  return isObject(value) && Object.entries(pattern).every(([key, each]) => fits(value[key], each, names));
};
