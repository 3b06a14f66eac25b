import { element, fill, setAttributes } from '../dom.ts';

/** A line below a form that says how it went, to readers of the screen as well. */
export class Outcome {
  readonly root = element('p', { class: 'outcome', role: 'status' });

  /** Says what is done and then how it ended. @returns undefined where it failed. */
  async of<T>(doing: string, work: Promise<T>, done: (value: T) => string): Promise<T | undefined> {
    this.say(doing, false);
    try {
      const value = await work;
      this.say(done(value), false);
      return value;
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: string };
      this.say(code === undefined ? message : `${code}: ${message}`, true);
      return undefined;
    }
  }

  /** Says how things are. */
  say(text: string, isProblem = false): void {
    fill(this.root, text);
    setAttributes(this.root, { class: isProblem ? 'outcome problem' : 'outcome' });
  }
}
