import type { CompiledShape } from './shape.ts';

/** Shapes, each once and with what belongs to it, found by how many segments a channel has. */
export class Shapes<S extends Pick<CompiledShape, 'segments'>> {
  readonly #make: (text: string) => S;
  readonly #shapes = new Map<string, S>();
  /** Those that channels of so many segments can have patterns of, by that number. */
  readonly #byCount = new Map<number, readonly S[]>();

  /** @param make - makes what is held of a shape; throws where its text is not one. */
  constructor(make: (text: string) => S) {
    this.#make = make;
  }

  get size(): number {
    return this.#shapes.size;
  }

  get(text: string): S | undefined {
    return this.#shapes.get(text);
  }

  /** Adds a shape that is not here. */
  add(text: string): S {
    const shape = this.#make(text);
    this.#shapes.set(text, shape);
    this.#byCount.clear();
    return shape;
  }

  /** @returns whether it was here. */
  remove(text: string): boolean {
    this.#byCount.clear();
    return this.#shapes.delete(text);
  }

  /** Those that could fit a channel of so many segments. */
  ofCount(count: number): readonly S[] {
    let shapes = this.#byCount.get(count);
    if (shapes === undefined) {
      shapes = [...this.#shapes.values()].filter(({ segments: { least, most } }) => least <= count && count <= most);
      this.#byCount.set(count, shapes);
    }
    return shapes;
  }
}
