/**
 * As much of React as the library uses, without a page: it renders a tree of functions, keeps their state, and runs their effects.
 * Unit tests have it for `react`; React itself renders the library in pages of other tests.
 */

interface Context {
  readonly initial: unknown;
  readonly Provider: (props: Props) => unknown;
}

interface Props {
  readonly value?: unknown;
  readonly children?: unknown;
}

interface Element {
  readonly type: (props: Props) => unknown;
  readonly props: Props;
}

interface Effect {
  readonly dependencies: readonly unknown[];
  readonly run: () => () => void;
  end?: () => void;
}

/** A component that is there: what its hooks keep, in the order of their calls, and what it has rendered. */
class Instance {
  readonly hooks: unknown[] = [];
  readonly effects: Effect[] = [];
  readonly type: Element['type'];
  children: Instance[] = [];

  constructor(type: Element['type']) {
    this.type = type;
  }
}

const asList = (rendered: unknown): readonly Element[] =>
  [rendered].flat(9).filter((each): each is Element => typeof each === 'object' && each !== null && 'type' in each);

let root: Root;
let current: Instance;
let hook = 0;

/** A hook's place of this call. @param first - what it keeps at first. */
const kept = <Value>(first: () => Value): { value: Value } => {
  const place = hook++;
  if (place === current.hooks.length) current.hooks.push({ value: first() });
  return current.hooks[place] as { value: Value };
};

const differ = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.some((each, at) => !Object.is(each, others[at]));

/** A tree of components. */
export class Root {
  readonly #element: unknown;
  readonly #isStrict: boolean;
  readonly contexts: [Context['Provider'], unknown][] = [];
  #top: Instance[] = [];
  #isStale = false;
  #isRendering = false;

  /** @param isStrict - whether effects run, end and run again at first. */
  constructor(element: unknown, isStrict = false) {
    this.#element = element;
    this.#isStrict = isStrict;
    this.render();
  }

  /** Renders until nothing changes any more. */
  render(): void {
    this.#isStale = true;
    if (this.#isRendering) return;
    this.#isRendering = true;
    root = this;
    try {
      for (let times = 0; this.#isStale; times++) {
        if (times === 100) throw new Error('It renders without end');
        this.#isStale = false;
        this.#top = this.#renderAll(this.#element, this.#top);
        this.#runEffects(this.#top);
      }
    } finally {
      this.#isRendering = false;
    }
  }

  unmount(): void {
    this.#hide(this.#top);
    this.#top = [];
  }

  /** Ends all effects, as where a part of a page is hidden. */
  hide(): void {
    this.#hide(this.#top);
  }

  /** Runs them again. */
  show(): void {
    this.#runEffects(this.#top);
    this.render();
  }

  #hide(instances: readonly Instance[]): void {
    for (const { children, effects } of instances) {
      this.#hide(children);
      for (const effect of effects) {
        effect.end?.();
        delete effect.end;
      }
    }
  }

  #renderAll(rendered: unknown, before: readonly Instance[]): Instance[] {
    const elements = asList(rendered);
    const now = elements.map(({ type }, at) => (before[at]?.type === type ? before[at] : new Instance(type)));
    this.#hide(before.filter((each) => !now.includes(each)));
    for (const [at, instance] of now.entries()) {
      const { type, props } = elements[at] as Element;
      current = instance;
      hook = 0;
      const made = type(props);
      this.contexts.push([type, props.value]);
      instance.children = this.#renderAll(made, instance.children);
      this.contexts.pop();
    }
    return now;
  }

  #runEffects(instances: readonly Instance[]): void {
    for (const { children, effects } of instances) {
      this.#runEffects(children);
      for (const effect of effects) {
        if (effect.end !== undefined) continue;
        if (this.#isStrict) effect.run()();
        effect.end = effect.run();
      }
    }
  }
}

/** @returns what is rendered where there is no page: with no effects, and the state at first. */
export const renderOnServer = (element: unknown): void => {
  isServer = true;
  try {
    new Root(element);
  } finally {
    isServer = false;
  }
};
let isServer = false;

export const createElement = (type: Element['type'], props: Props, ...children: readonly unknown[]): Element => ({
  type,
  props: { ...props, ...(children.length === 0 ? {} : { children }) },
});

export const createContext = (initial: unknown): Context => ({ initial, Provider: ({ children }) => children });

export const useContext = ({ initial, Provider }: Context): unknown => {
  const within = root.contexts.findLast(([provider]) => provider === Provider);
  return within === undefined ? initial : within[1];
};

export const useRef = (initial: unknown): { current: unknown } => kept(() => ({ current: initial })).value;

export const useState = (initial: unknown): readonly [unknown, (value: unknown) => void] => {
  const [state, of] = [kept(() => initial), root];
  const set = (value: unknown): void => {
    const isSame = Object.is(state.value, value);
    state.value = value;
    if (!isSame) of.render();
  };
  return [state.value, set];
};

export const useMemo = (make: () => unknown, dependencies: readonly unknown[]): unknown => {
  const memo = kept(() => ({ dependencies, made: make() }));
  if (differ(memo.value.dependencies, dependencies)) memo.value = { dependencies, made: make() };
  return memo.value.made;
};

export const useEffect = (run: () => () => void, dependencies: readonly unknown[]): void => {
  const at = kept(() => current.effects.length).value;
  const before = current.effects[at];
  if (isServer || (before !== undefined && !differ(before.dependencies, dependencies))) return;
  before?.end?.();
  current.effects[at] = { run, dependencies };
};

export const useSyncExternalStore = (
  subscribe: (listener: () => void) => () => void,
  get: () => unknown,
  getOnServer: () => unknown,
): unknown => {
  const of = root;
  const shown = isServer ? getOnServer() : get();
  const latest = kept(() => ({ get, shown }));
  latest.value = { get, shown };
  useEffect(
    () =>
      subscribe(() => {
        if (!Object.is(latest.value.get(), latest.value.shown)) of.render();
      }),
    [subscribe],
  );
  return shown;
};
