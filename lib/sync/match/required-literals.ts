import type { RE2JS } from 're2js';

/** Texts that a channel must hold for an expression to match it. */
export interface RequiredLiterals {
  /** Folded, as {@link folded} gives them; in the order in which a match has them, none overlapping another. */
  readonly texts: readonly string[];
  /** Whether a match begins with the first. */
  readonly fromStart: boolean;
  /** Whether a match ends with the last. */
  readonly toEnd: boolean;
}

/** The kinds of instructions in a program of RE2, by their numbers. */
const ALT = 1;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const FAIL = 5;
const MATCH = 6;
const NOP = 7;
const RUNE = 8;
const RUNE1 = 9;

/** What of an instruction says that it reads its character in either case. */
const FOLD_CASE = 1;

/** An instruction; `out` is the one behind it, and `arg` the other that may come next where it is a choice. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
}

interface Program {
  readonly start: number;
  getInst(place: number): Instruction;
}

const NONE: RequiredLiterals = { texts: [], fromStart: false, toEnd: false };

const CASED = /[A-Z\u017F\u212A]/g;

/**
 * Takes the case from ASCII letters, and from the two characters beyond ASCII that differ from one only in case. What
 * else has a case keeps it.
 *
 * @returns a text of the same length
 */
export function folded(text: string): string {
  return text.replace(CASED, (character) => (character === '\u017F' ? 's' : character.toLowerCase()));
}

/**
 * What a channel must hold, read off the compiled program: characters that stand on every way through it. Of
 * `/user:\d+:(login|logout)/` these are `user:` and `:log`.
 */
export function requiredLiterals(compiled: RE2JS): RequiredLiterals {
  const program: Program = compiled.re2().prog;
  const first = skipEmpty(program, program.start);
  const texts: string[] = [];
  const read = new Set<number>();
  let fromStart = false;
  let toEnd = false;
  for (const place of onEveryWay(program)) {
    if (read.has(place)) continue;
    let text = '';
    let at = place;
    for (let character = characterAt(program, at); character !== ''; character = characterAt(program, at)) {
      text += character;
      read.add(at);
      at = skipEmpty(program, program.getInst(at).out);
    }
    if (text === '') continue;
    if (place === first) fromStart = true;
    toEnd = program.getInst(at).op === MATCH;
    texts.push(text);
  }
  return texts.length > 0 ? { texts, fromStart, toEnd } : NONE;
}

/**
 * @param channel folded
 * @returns whether it holds the literals, without which the expression cannot match; with them it may
 */
export function holds(channel: string, { texts, fromStart, toEnd }: RequiredLiterals): boolean {
  if (fromStart && !channel.startsWith(texts[0] as string)) return false;
  if (toEnd && !channel.endsWith(texts.at(-1) as string)) return false;
  let from = 0;
  for (const text of texts) {
    const at = channel.indexOf(text, from);
    if (at < 0) return false;
    from = at + text.length;
  }
  return true;
}

/** The one character that an instruction reads, folded; empty if it reads none, or a choice of them. */
function characterAt(program: Program, place: number): string {
  const { op, arg, runes } = program.getInst(place);
  const rune = runes[0];
  if ((op !== RUNE && op !== RUNE1) || runes.length !== 1 || rune === undefined) return '';
  // Which others a character beyond ASCII stands for, where case does not matter, is left to RE2.
  if ((arg & FOLD_CASE) !== 0 && rune > 0x7f) return '';
  return folded(String.fromCodePoint(rune));
}

/** The next instruction from `place` on that reads something or leaves a choice. */
function skipEmpty(program: Program, place: number): number {
  for (let at = place; ; ) {
    const { op, out } = program.getInst(at);
    if (op !== CAPTURE && op !== NOP && op !== EMPTY_WIDTH) return at;
    at = out;
  }
}

/**
 * The instructions that every way from the start to a match goes through, in the order in which it does first. They stand
 * on any one way; one of them can be gone around if, from before it, something behind it can be come to otherwise.
 */
function onEveryWay(program: Program): readonly number[] {
  const way = anyWay(program);
  const placeOnWay = new Map(way.map((instruction, place) => [instruction, place]));
  const seen = new Set<number>();
  const found: number[] = [];
  /** The furthest place on the way that can be come to from before the one looked at. */
  let reach = 0;
  for (const [place, instruction] of way.entries()) {
    if (place === reach) found.push(instruction);
    const open = [instruction];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of nextOf(program, at)) {
        const onWay = placeOnWay.get(next);
        if (onWay !== undefined) reach = Math.max(reach, onWay);
        else if (!seen.has(next)) open.push(next);
        seen.add(next);
      }
    }
  }
  return found;
}

/** Some way from the start to a match, or none if nothing matches. */
function anyWay(program: Program): readonly number[] {
  const before = new Map<number, number | undefined>([[program.start, undefined]]);
  for (const at of before.keys()) {
    if (program.getInst(at).op === MATCH) {
      const way: number[] = [];
      for (let place: number | undefined = at; place !== undefined; place = before.get(place)) way.unshift(place);
      return way;
    }
    for (const next of nextOf(program, at)) if (!before.has(next)) before.set(next, at);
  }
  return [];
}

function nextOf(program: Program, place: number): readonly number[] {
  const { op, out, arg } = program.getInst(place);
  if (op === MATCH || op === FAIL) return [];
  return op >= ALT && op < CAPTURE ? [out, arg] : [out];
}
