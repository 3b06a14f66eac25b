import { referencesIn, type Template } from './template.ts';

/**
 * The order in which CloudFormation can make the resources.
 *
 * @returns the names, each after all it refers to.
 * @throws Error naming the resources that wait for each other.
 */
export const deployOrder = ({ Resources }: Template): string[] => {
  const waiting = new Map(
    Object.entries(Resources).map(([name, resource]) => [
      name,
      new Set(
        [
          ...[resource.DependsOn ?? []].flat(),
          ...referencesIn(resource.Properties ?? {}).map((reference) => reference.name),
        ].filter((other) => other in Resources && other !== name),
      ),
    ]),
  );
  const order: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, needs]) => needs.size === 0).map(([name]) => name);
    if (ready.length === 0) throw new Error(`These wait for each other: ${[...waiting.keys()].join(', ')}`);
    for (const name of ready) waiting.delete(name);
    for (const needs of waiting.values()) for (const name of ready) needs.delete(name);
    order.push(...ready);
  }
  return order;
};
