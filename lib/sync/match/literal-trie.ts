/** A place in the literals: behind one of their characters. */
interface Node<T> {
  readonly next: Map<number, Node<T>>;
  /** What the literal that ends here stands for. */
  value: T | undefined;
}

/**
 * Finds which of many literals a text holds, anywhere. Each place of the text is followed into the trie for as long as some
 * literal goes on, so the cost is the text's length, and at most that times the longest literal's.
 */
export class LiteralTrie<T> {
  readonly #root: Node<T> = newNode();

  /** What stands for a literal; the empty one is held by every text. */
  get(literal: string): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (let at = 0; at < literal.length; at++) node = node?.next.get(literal.charCodeAt(at));
    return node?.value;
  }

  set(literal: string, value: T): void {
    let node = this.#root;
    for (let at = 0; at < literal.length; at++) {
      const code = literal.charCodeAt(at);
      let next = node.next.get(code);
      if (next === undefined) {
        next = newNode();
        node.next.set(code, next);
      }
      node = next;
    }
    node.value = value;
  }

  /** Removes a literal, with the nodes that only it needed. */
  delete(literal: string): void {
    const path = [this.#root];
    for (let at = 0; at < literal.length; at++) {
      const next = path.at(-1)?.next.get(literal.charCodeAt(at));
      if (next === undefined) return;
      path.push(next);
    }
    (path.at(-1) as Node<T>).value = undefined;
    for (let depth = literal.length; depth > 0; depth--) {
      const { next, value } = path[depth] as Node<T>;
      if (value !== undefined || next.size > 0) return;
      path[depth - 1]?.next.delete(literal.charCodeAt(depth - 1));
    }
  }

  /** What stands for the literals that a text holds, each once. */
  heldBy(text: string): ReadonlySet<T> {
    const found = new Set<T>();
    if (this.#root.value !== undefined) found.add(this.#root.value);
    for (let start = 0; start < text.length; start++) {
      let node = this.#root.next.get(text.charCodeAt(start));
      for (let at = start + 1; node !== undefined; at++) {
        if (node.value !== undefined) found.add(node.value);
        // Beyond the text there is no character, and nothing follows.
        node = node.next.get(text.charCodeAt(at));
      }
    }
    return found;
  }
}

function newNode<T>(): Node<T> {
  return { next: new Map(), value: undefined };
}
