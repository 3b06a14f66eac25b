import { type RE2JS, RE2Set } from 're2js';
import { holds, type RequiredLiterals } from './required-literals.ts';

/** Larger groups need fewer passes over a channel, but take longer to rebuild and outgrow their memory. Measured. */
const MAX_EXPRESSIONS = 64;

/** Limits what the others in a group pay when one of them makes the automaton outgrow its memory. */
const MAX_INSTRUCTIONS = 2_000;

/** What the automaton of a group may remember, in bytes. RE2's own limit, 8 MB, is meant for one set in a process. */
const AUTOMATON_BYTES = 256 * 1024;

/** So many are run one by one sooner than an automaton for all of them is built and run. Measured. */
const FEW = 8;

/** A regular expression as a group holds it. */
export interface GroupedRegex {
  /** The pattern as subscribed to. */
  readonly text: string;
  /** The expression in RE2 syntax. */
  readonly source: string;
  /** The same, compiled by itself. */
  readonly compiled: RE2JS;
  /** Without these a channel need not be tried. */
  readonly literals: RequiredLiterals;
  /** Its compiled size, in instructions. */
  readonly size: number;
}

/**
 * A few regular expressions of which a channel runs those whose literals it holds: one by one, or where they are many all
 * together, as one automaton in one pass over the channel. That is built when first needed after a change, and is small, so
 * that a change is cheap and a costly expression slows few others.
 */
export class RegexGroup {
  readonly #expressions = new Map<string, GroupedRegex>();
  #instructions = 0;
  #set: RE2Set | undefined = undefined;
  /** The pattern of each expression, by its number in the set. */
  #texts: readonly string[] = [];

  get isEmpty(): boolean {
    return this.#expressions.size === 0;
  }

  /**
   * @param size of one more expression, in instructions
   * @returns whether it may join; an empty group has room for any
   */
  hasRoomFor(size: number): boolean {
    return this.isEmpty || (this.#expressions.size < MAX_EXPRESSIONS && this.#instructions + size <= MAX_INSTRUCTIONS);
  }

  /** @param expression not yet here */
  add(expression: GroupedRegex): void {
    this.#expressions.set(expression.text, expression);
    this.#instructions += expression.size;
    this.#set = undefined;
  }

  /** @param text of a pattern; one that is not here is let pass */
  remove(text: string): void {
    const expression = this.#expressions.get(text);
    if (expression === undefined) return;
    this.#expressions.delete(text);
    this.#instructions -= expression.size;
    this.#set = undefined;
  }

  /**
   * @param channel the text of a channel
   * @param withoutCase the same, folded
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: string, withoutCase: string, found: string[]): void {
    const tried: GroupedRegex[] = [];
    for (const expression of this.#expressions.values()) {
      if (holds(withoutCase, expression.literals)) tried.push(expression);
    }
    if (tried.length > FEW) {
      this.#set ??= this.#compile();
      for (const number of this.#set.match(channel)) found.push(this.#texts[number] as string);
      return;
    }
    for (const { text, compiled } of tried) {
      // With captures RE2 backtracks over a table, which a short text allows; without, it would build an automaton for each.
      if (compiled.matcher(channel).matches()) found.push(text);
    }
  }

  #compile(): RE2Set {
    const set = new RE2Set(RE2Set.ANCHOR_BOTH, 0, AUTOMATON_BYTES);
    for (const { source } of this.#expressions.values()) set.add(source);
    set.compile();
    this.#texts = [...this.#expressions.keys()];
    return set;
  }
}
