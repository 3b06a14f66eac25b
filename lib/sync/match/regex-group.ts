import { type RE2JS, RE2Set } from 're2js';
import { compiledOf } from './compiled.ts';
import { holds, type RequiredLiterals, requiredLiterals } from './required-literals.ts';

/** Larger groups need fewer passes over a channel, but take longer to rebuild and outgrow their memory. Measured. */
export const MAX_EXPRESSIONS = 64;

/** What the automaton of a group may remember, in bytes. RE2's own limit, 8 MB, is meant for one set in a process. */
const AUTOMATON_BYTES = 256 * 1024;

/** So many are run one by one sooner than an automaton for all of them is built and run. Measured. */
const FEW = 8;

/** Bytes that an expression takes in a group, about: its literals; its program, by itself or in a set. Measured. */
const LITERALS_BYTES = 400;
const PROGRAM_BYTES = 12_288;

/** A regular expression as a group holds it. */
export interface GroupedRegex {
  /** The pattern as subscribed to. */
  readonly text: string;
  /** The expression in RE2 syntax. */
  readonly source: string;
}

interface Known extends GroupedRegex {
  /** Without these a channel need not be tried. */
  readonly literals: RequiredLiterals;
  /** Compiled by itself, once a channel needed that. */
  program?: RE2JS | undefined;
}

/**
 * A few regular expressions of which a channel runs those whose literals it holds: one by one, or where they are many all
 * together, as one automaton in one pass over the channel. Nothing is compiled before a channel needs it, and an automaton
 * is small, so that a change is cheap and a costly expression slows few others.
 */
export class RegexGroup {
  readonly #onUnreadable: (error: unknown) => void;
  #expressions: readonly Known[];
  #bytes: number;
  #set: { readonly automaton: RE2Set; readonly texts: readonly string[] } | undefined;

  /** @param onUnreadable told why of an expression that RE2 does not take; it matches nothing */
  constructor(expressions: readonly GroupedRegex[], onUnreadable: (error: unknown) => void) {
    this.#onUnreadable = onUnreadable;
    this.#expressions = expressions.map((each) => ({ ...each, literals: requiredLiterals(each.source) }));
    this.#bytes = LITERALS_BYTES * expressions.length;
  }

  /** Bytes that it takes by now, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param channel the text of a channel
   * @param withoutCase the same, folded
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: string, withoutCase: string, found: string[]): void {
    const tried = this.#expressions.filter(({ literals }) => holds(withoutCase, literals));
    if (tried.length > FEW) {
      this.#set ??= this.#compile();
      const { automaton, texts } = this.#set;
      for (const number of automaton.match(channel)) found.push(texts[number] as string);
      return;
    }
    for (const each of tried) {
      // With captures RE2 backtracks over a table, which a short text allows; without, it would build an automaton for each.
      each.program ??= this.#read(each, () => this.#compiled(each));
      if (each.program?.matcher(channel).matches()) found.push(each.text);
    }
  }

  #compiled({ source }: Known): RE2JS {
    this.#bytes += PROGRAM_BYTES;
    return compiledOf(source);
  }

  #compile() {
    const automaton = new RE2Set(RE2Set.ANCHOR_BOTH, 0, AUTOMATON_BYTES);
    for (const each of this.#expressions) this.#read(each, () => automaton.add(each.source));
    automaton.compile();
    this.#bytes += AUTOMATON_BYTES + PROGRAM_BYTES * this.#expressions.length;
    return { automaton, texts: this.#expressions.map(({ text }) => text) };
  }

  /** Another version of the service may have entered what this one cannot compile: that must not stop everyone's events. */
  #read<T>(expression: Known, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#expressions = this.#expressions.filter((each) => each !== expression);
      this.#onUnreadable(error);
      return undefined;
    }
  }
}
