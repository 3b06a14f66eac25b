import { element, fill } from './dom.ts';
import { playground } from './playground/playground.ts';
import { readSettings, type Settings } from './settings.ts';

interface View {
  readonly name: string;
  readonly title: string;
  make(settings: Settings): HTMLElement;
}

const VIEWS: readonly View[] = [{ name: 'playground', title: 'Playground', make: playground }];

/** The page: a bar with links, and one view at a time. A view that was opened keeps its state. */
const show = (settings: Settings): void => {
  const main = element('main', { id: 'main', tabindex: -1 });
  const made = new Map<string, HTMLElement>();
  const links = VIEWS.map(({ name, title }) => element('a', { href: `#/${name}` }, title));

  const navigate = (): void => {
    const view = VIEWS.find(({ name }) => `#/${name}` === location.hash) ?? (VIEWS[0] as View);
    for (const link of links) {
      if (link.hash === `#/${view.name}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    let root = made.get(view.name);
    if (root === undefined) {
      root = view.make(settings);
      made.set(view.name, root);
      main.append(root);
    }
    for (const each of made.values()) each.hidden = each !== root;
    document.title = `${view.title} · realtime-sync`;
  };

  // Its address would be taken for a view's.
  const skip = element('a', { class: 'skip', href: '#main' }, 'To the content');
  skip.addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });

  fill(
    document.body,
    skip,
    element(
      'header',
      { class: 'bar' },
      element('h1', {}, 'realtime-sync', element('small', {}, settings.stage)),
      element('nav', { 'aria-label': 'Views' }, ...links),
    ),
    main,
  );
  addEventListener('hashchange', navigate);
  navigate();
};

try {
  show(await readSettings());
} catch (error) {
  fill(
    document.body,
    element(
      'main',
      { class: 'problem' },
      element('h1', {}, 'realtime-sync'),
      element('p', {}, `The service does not answer: ${(error as Error).message}`),
    ),
  );
}
