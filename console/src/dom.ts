type Child = Node | string | number | null | undefined | false;

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * Makes an element.
 *
 * @param attributes - by name; `true` is an attribute without a value, `false`, `null` and `undefined` are none.
 */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...present(children));
  return made;
};

/** Sets, or takes away, each of the attributes. */
export const setAttributes = (target: Element, attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? '' : String(value));
  }
};

/** Puts these in the place of what a node holds. */
export const fill = (target: Element, ...children: readonly Child[]): void =>
  target.replaceChildren(...present(children));

const present = (children: readonly Child[]): (Node | string)[] =>
  children.flatMap((child) => {
    if (child === undefined || child === null || child === false) return [];
    return [typeof child === 'number' ? String(child) : child];
  });

let ids = 0;

/** An input with the label in front of it, and a hint behind it that readers of the screen hear too. */
export const field = (
  label: string,
  input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement,
  hint?: string,
): HTMLElement => {
  input.id ||= `field-${++ids}`;
  if (hint !== undefined) input.setAttribute('aria-describedby', `${input.id}-hint`);
  return element(
    'div',
    { class: 'field' },
    element('label', { for: input.id }, label),
    input,
    hint !== undefined && element('p', { id: `${input.id}-hint`, class: 'hint' }, hint),
  );
};

/** A button that does something, and says so where it fails. */
export const button = (label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement => {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onClick);
  return made;
};

/** A form whose submission goes to `onSubmit`, by Enter as by its button. */
export const form = (attributes: Attributes, onSubmit: () => void, ...children: readonly Child[]): HTMLFormElement => {
  const made = element('form', attributes, ...children);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    onSubmit();
  });
  return made;
};
