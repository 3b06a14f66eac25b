/** What plugins use of the framework, which ships no types for them. */

export interface FunctionDefinition {
  handler: string;
  readonly name?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  package?: { individually: boolean; patterns: string[] };
  /** Sections of lib/config/variables.ts that its bundle reads, once there is one. */
  sections?: readonly string[];
}

export interface Serverless {
  /** The folder of serverless.yml. */
  readonly serviceDir: string;
  readonly service: {
    readonly custom?: Readonly<Record<string, unknown>>;
    readonly functions: Readonly<Record<string, FunctionDefinition>>;
  };
  readonly configSchemaHandler: { readonly schema: unknown };
  /** An error that is shown by its message alone, without a stack trace. */
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export type CliOptions = Readonly<Record<string, unknown>>;

export interface Log {
  error(message: string): void;
  warning(message: string): void;
  notice(message: string): void;
  debug(message: string): void;
}

export interface PluginTools {
  readonly log: Log;
}

export type Hooks = Readonly<Record<string, () => void | Promise<void>>>;
