import type { Stage } from './stage.ts';
import type { WorldSettings } from './world.ts';

/** What happens to a client, and by which clauses of the protocol it is judged. */
export interface Scenario {
  readonly name: string;
  /** Clauses of docs/protocol.md. */
  readonly clauses: readonly string[];
  /** What of the service is otherwise. */
  readonly settings?: WorldSettings;
  /** Plays it. The client is connecting; what it owes at the end is waited for, and judged. */
  readonly play: (stage: Stage) => Promise<void>;
}
