/** A place in the literals, and the characters that lead there from the one before. */
interface Node<T> {
  characters: string;
  /** By their first character; undefined where no literal goes on. */
  next: Map<number, Node<T>> | undefined;
  /** What the literal that ends here stands for. */
  value: T | undefined;
}

/**
 * Finds which of many literals a text holds, anywhere. Each place of the text is followed into the trie for as long as some
 * literal goes on, so the cost is the text's length, and at most that times the longest literal's. Characters that no
 * literal branches at stand in one node, so a literal takes one or two of them: after Morrison, "PATRICIA", Journal of
 * the ACM, 1968.
 */
export class LiteralTrie<T> {
  readonly #root: Node<T> = { characters: '', next: undefined, value: undefined };

  /** What stands for a literal; the empty one is held by every text. */
  get(literal: string): T | undefined {
    let node = this.#root;
    for (let at = 0; at < literal.length; ) {
      const next = node.next?.get(literal.charCodeAt(at));
      if (next === undefined || !literal.startsWith(next.characters, at)) return undefined;
      at += next.characters.length;
      node = next;
    }
    return node.value;
  }

  set(literal: string, value: T): void {
    let node = this.#root;
    for (let at = 0; at < literal.length; ) {
      const next = node.next?.get(literal.charCodeAt(at));
      if (next === undefined) {
        const leaf: Node<T> = { characters: copied(literal.slice(at)), next: undefined, value: undefined };
        put(node, leaf);
        node = leaf;
        break;
      }
      const shared = sharedLength(next.characters, literal, at);
      if (shared < next.characters.length) split(next, shared);
      at += shared;
      node = next;
    }
    node.value = value;
  }

  /** Removes a literal, with the nodes that only it needed. */
  delete(literal: string): void {
    const path = [this.#root];
    for (let at = 0; at < literal.length; ) {
      const next = path.at(-1)?.next?.get(literal.charCodeAt(at));
      if (next === undefined || !literal.startsWith(next.characters, at)) return;
      at += next.characters.length;
      path.push(next);
    }
    const [before, node] = [path.at(-2), path.at(-1) as Node<T>];
    node.value = undefined;
    if (before === undefined) return;
    if (node.next === undefined) remove(before, node);
    else join(node);
    if (before !== this.#root) join(before);
  }

  /** What stands for the literals that a text holds, each once. */
  heldBy(text: string): ReadonlySet<T> {
    const found = new Set<T>();
    if (this.#root.value !== undefined) found.add(this.#root.value);
    for (let start = 0; start < text.length; start++) {
      let node = this.#root.next?.get(text.charCodeAt(start));
      for (let at = start; node !== undefined && text.startsWith(node.characters, at); ) {
        if (node.value !== undefined) found.add(node.value);
        at += node.characters.length;
        // Beyond the text there is no character, and nothing follows.
        node = node.next?.get(text.charCodeAt(at));
      }
    }
    return found;
  }
}

/** A text of its own: a part of a longer one would keep all of that. */
const copied = (text: string): string => [...text].join('');

const sharedLength = (characters: string, literal: string, from: number): number => {
  let length = 0;
  while (length < characters.length && characters[length] === literal[from + length]) length++;
  return length;
};

const put = <T>(before: Node<T>, node: Node<T>): void => {
  before.next ??= new Map();
  before.next.set(node.characters.charCodeAt(0), node);
};

const remove = <T>(before: Node<T>, node: Node<T>): void => {
  before.next?.delete(node.characters.charCodeAt(0));
  if (before.next?.size === 0) before.next = undefined;
};

/** Ends a node after some characters, so that others can branch off there. */
const split = <T>(node: Node<T>, length: number): void => {
  const rest: Node<T> = { ...node, characters: copied(node.characters.slice(length)) };
  node.characters = copied(node.characters.slice(0, length));
  node.next = undefined;
  node.value = undefined;
  put(node, rest);
};

/** Makes one node of a node and the only one behind it, if nothing ends between them. */
const join = <T>(node: Node<T>): void => {
  if (node.value !== undefined || node.next?.size !== 1) return;
  for (const only of node.next.values()) {
    node.characters += only.characters;
    node.next = only.next;
    node.value = only.value;
  }
};
