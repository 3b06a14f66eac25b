import { InvalidArgumentError } from 'commander';

/** Reads a whole number of at least so much. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d{1,15}$/.test(text) && number >= least) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
  };
