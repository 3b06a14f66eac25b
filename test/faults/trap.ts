/** Whoever ran into a trap: what it held is forgotten. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Where some part of a back-end is to die, or to stand still. */
export class Trap<Step extends string> {
  #set: { readonly step: Step; readonly fall: () => Promise<void> | undefined } | undefined;

  /** @param fall - what happens to the first that comes there: it rejects where that dies. */
  set(step: Step, fall: () => Promise<void> | undefined): void {
    this.#set = { step, fall };
  }

  /** @throws Killed where whoever comes here dies. */
  async pass(step: Step): Promise<void> {
    if (this.#set?.step !== step) return;
    const { fall } = this.#set;
    this.#set = undefined;
    await fall();
  }
}
