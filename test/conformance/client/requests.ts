/** A request as a client sent it. */
export interface Request {
  /** Which of the connections it came by, the first being 1. */
  readonly connection: number;
  /** Which of all frames it came in. */
  readonly frame: number;
  readonly type: string;
  readonly requestId?: string | number;
  readonly [field: string]: unknown;
}

/** @returns the requests of a frame: those of a batch, or the frame itself; none of one that cannot be read. */
export const requestsOf = (text: string, connection: number, frame: number): readonly Request[] => {
  try {
    const { messages, ...alone } = JSON.parse(text) as Request;
    const requests = alone.type === 'batch' && Array.isArray(messages) ? (messages as readonly Request[]) : [alone];
    return requests.map((request) => ({ ...request, connection, frame }));
  } catch {
    return [];
  }
};
