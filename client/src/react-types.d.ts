/**
 * What the library uses of React, and no more: who builds it needs no React. Programs that import its face for React have React
 * and its own types, to which `npm run test:compatibility` holds this file.
 */
declare module 'react' {
  /** Anything that React shows. */
  export type ReactNode = unknown;
  interface Context<Value> {
    readonly Provider: (props: { readonly value: Value; readonly children?: ReactNode }) => ReactNode;
  }
  export const createContext: <Value>(value: Value) => Context<Value>;
  export const createElement: <Props>(
    type: (props: Props) => ReactNode,
    props: Props,
    ...children: readonly ReactNode[]
  ) => ReactNode;
  export const useContext: <Value>(context: Context<Value>) => Value;
  export const useEffect: (effect: () => () => void, dependencies: readonly unknown[]) => void;
  export const useMemo: <Value>(make: () => Value, dependencies: readonly unknown[]) => Value;
  export const useRef: <Value>(initial: Value) => { current: Value };
  export function useState<Value>(): [Value | undefined, (value: Value) => void];
  export function useState<Value>(initial: Value): [Value, (value: Value) => void];
  export const useSyncExternalStore: <Snapshot>(
    subscribe: (listener: () => void) => () => void,
    get: () => Snapshot,
    getOnServer: () => Snapshot,
  ) => Snapshot;
}
