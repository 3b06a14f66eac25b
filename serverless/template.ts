/** What the parts of the deployment say about a CloudFormation template. */

export interface Resource {
  readonly Type: string;
  DependsOn?: string | string[];
  Properties?: Record<string, unknown>;
}

export interface Template {
  readonly Resources: Record<string, Resource>;
}

/** @returns what a function's resources are called: `fanout` becomes `Fanout`. */
export const logicalName = (functionKey: string): string => functionKey.charAt(0).toUpperCase() + functionKey.slice(1);
