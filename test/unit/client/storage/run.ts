import { Browser, type Opened } from './browser.ts';

const CHANNELS = ['a', 'b', 'c'];
const MINUTE = 60_000;

/** What a run came to. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly written: number;
  readonly appended: number;
  readonly pages: number;
  readonly killed: number;
  /** Writes of which the application was told that nobody knows what became of them. */
  readonly unknown: number;
}

/** A write of a page. */
interface Made {
  readonly id: string;
  readonly channel: string;
  /** Its place among those of its line. */
  readonly order: number;
  /** Those that have an order: of one page; where there is one tab, of all its pages. */
  readonly line: number;
  outcome: 'none' | 'acked' | 'told';
  /** Whether its page was killed before it can have been stored. */
  isDoubtful: boolean;
}

/** A tab, in which one page follows another. */
interface Tab {
  /** Which page it shows, of all there were. */
  page: number;
  opened: Opened | undefined;
  /** Whether its page waits until all is stored. */
  isClosing: boolean;
}

/** Tabs of one browser, whose pages come, go and are killed at any moment, and all that they write. */
export class StorageRun {
  readonly #browser: Browser;
  readonly #made = new Map<string, Made>();
  readonly #tabs: Tab[] = [];
  readonly #problems: string[] = [];
  #pages = 0;
  #killed = 0;
  #forgets = false;
  #unknown = 0;

  /** @param isSharing - whether tabs share their connection. */
  constructor(seed: number, tabs: number, isSharing = false) {
    this.#browser = new Browser(seed);
    this.#browser.isSharing = isSharing;
    for (let number = 0; number < tabs; number++) this.#tabs.push({ page: 0, opened: undefined, isClosing: false });
  }

  async play(steps: number): Promise<Outcome> {
    const { random, clock, faults } = this.#browser;
    this.#forgets = random.chance(0.2);
    for (let step = 0; step < steps; step++) {
      faults.loses = random.pick([0, 0, 0.3]);
      this.#act();
      await clock.advance(random.pick([0, 1, 3, 10, 30, 100, 1_000, 5_000, 70_000]));
    }
    Object.assign(faults, { loses: 0, isOffline: false });
    for (const { opened } of this.#tabs) opened?.page.thaw();
    await clock.advance(5 * MINUTE);
    for (const tab of this.#tabs) this.#kill(tab);
    this.#open(this.#tabs[0] as Tab);
    await clock.advance(5 * MINUTE);
    return this.#judge();
  }

  #act(): void {
    const { random, faults, history } = this.#browser;
    const tab = random.pick(this.#tabs);
    const dice = random.next();
    if (tab.opened === undefined) this.#open(tab);
    else if (tab.isClosing) return;
    else if (dice < 0.55) for (let n = random.below(6); n >= 0; n--) this.#write(tab);
    else if (dice < 0.68) this.#kill(tab);
    else if (dice < 0.74) void this.#close(tab);
    else if (dice < 0.8) this.#browser.goOffline();
    else if (dice < 0.9) this.#browser.goOnline();
    else if (dice < 0.94) this.#browser.cut();
    else if (dice < 0.96) this.#browser.clock.after(0, () => tab.opened?.page.freeze());
    else if (dice < 0.98) tab.opened.page.thaw();
    else if (this.#forgets) history.forget();
    else if (!faults.isOffline) this.#browser.cut();
  }

  #open(tab: Tab): void {
    tab.page = ++this.#pages;
    const opened = this.#browser.open({
      onSent: ({ id }) => this.#settle(id, 'acked'),
      onError: (error) => {
        if (error.name === 'WriteError') {
          if (error.advice === 'look') this.#unknown++;
          else this.#problems.push(String(error));
          this.#settle(error.write.id, 'told');
        } else this.#problems.push(String(error));
      },
    });
    tab.opened = opened;
  }

  #settle(id: string, outcome: 'acked' | 'told'): void {
    const made = this.#made.get(id);
    if (made === undefined) this.#problems.push(`nobody made ${id}`);
    else made.outcome = outcome;
  }

  #write({ opened, page }: Tab): void {
    // One that is frozen does it once it is thawed.
    opened?.page.run(() => {
      const order = this.#made.size;
      const id = `w${order}`;
      const channel = this.#browser.random.pick(CHANNELS);
      const line = this.#tabs.length === 1 ? 0 : page;
      const made: Made = { id, channel, order, line, outcome: 'none', isDoubtful: true };
      this.#made.set(id, made);
      opened.client.broadcast(channel, order, { id }).then(
        () => this.#settle(id, 'acked'),
        (error: Error) => {
          if (error.name === 'OutcomeUnknownError' || error.name === 'WriteError') {
            if (opened.client.state !== 'closed') {
              this.#unknown++;
              this.#settle(id, 'told');
            }
          } else if ((error as { readonly code?: string }).code !== 'CLOSED')
            this.#problems.push(`${id} rejected with ${String(error)}`);
        },
      );
    });
  }

  /** What is in the store stays there. */
  #noteStored(): void {
    const stored = [...this.#browser.values].filter(([key]) => key.includes('] write '));
    const ids = new Set(stored.map(([, text]) => (JSON.parse(text) as [number, { id: string }])[1].id));
    for (const made of this.#made.values()) if (ids.has(made.id)) made.isDoubtful = false;
  }

  #kill(tab: Tab): void {
    if (tab.opened === undefined) return;
    tab.isClosing = false;
    this.#killed++;
    tab.opened.page.kill();
    this.#noteStored();
    tab.opened = undefined;
  }

  async #close(tab: Tab): Promise<void> {
    const { opened } = tab;
    if (opened?.page.isFrozen !== false) {
      this.#kill(tab);
      return;
    }
    tab.isClosing = true;
    await opened.client.close();
    tab.isClosing = false;
    this.#noteStored();
    if (tab.opened === opened) tab.opened = undefined;
  }

  #judge(): Outcome {
    const { history, values } = this.#browser;
    const problems = [...this.#problems, ...history.problems];
    const times = new Map<string, number>();
    for (const { id } of history.log) times.set(id, (times.get(id) ?? 0) + 1);
    for (const { id, outcome, isDoubtful } of this.#made.values()) {
      const count = times.get(id) ?? 0;
      if (count > 1) problems.push(`published ${count} times: ${id}`);
      if (outcome === 'acked' && count === 0) problems.push(`acked and never published: ${id}`);
      if (outcome === 'none' && !isDoubtful && count === 0)
        problems.push(`stored, never published and never told: ${id}`);
    }
    if (this.#unknown > 0 && !this.#forgets)
      problems.push(`${this.#unknown} are unknown, though nothing was forgotten`);
    for (const key of values.keys()) if (key.includes('] write ')) problems.push(`left in the store: ${key}`);
    const last = new Map<string, number>();
    for (const { id, channel } of history.log) {
      const made = this.#made.get(id);
      if (made === undefined) continue;
      const key = `${made.line} ${channel}`;
      const before = last.get(key) ?? -1;
      if (before > made.order) problems.push(`out of order on ${channel}: w${made.order} after w${before}`);
      last.set(key, Math.max(before, made.order));
    }
    return {
      ...{ problems, written: this.#made.size, appended: history.log.length },
      ...{ pages: this.#pages, killed: this.#killed, unknown: this.#unknown },
    };
  }
}
