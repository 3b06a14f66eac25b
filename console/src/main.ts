import type { ConsoleSettings } from '../../lib/protocol/http/console-settings.ts';
import { awayNotice } from './away.ts';
import { channelsView } from './channels/channels.ts';
import { connectionsView } from './connections/connections.ts';
import { element, fill, setAttributes } from './dom.ts';
import { keyButton } from './key-dialog.ts';
import { limitsView } from './limits/limits.ts';
import { statusOf } from './overview/checks.ts';
import { overview } from './overview/overview.ts';
import { playground } from './playground/playground.ts';
import { routeOf } from './route.ts';
import { Service } from './service/service.ts';
import { readSettings } from './settings.ts';
import { tailView } from './tail/tail.ts';
import { whyView } from './why/why.ts';

interface View {
  readonly name: string;
  readonly title: string;
  make(): HTMLElement | Promise<HTMLElement>;
}

const service = new Service();

const viewsOf = (settings: ConsoleSettings): readonly View[] => [
  { name: 'overview', title: 'Overview', make: () => overview(service) },
  { name: 'connections', title: 'Connections', make: () => connectionsView(service) },
  { name: 'limits', title: 'Limits', make: () => limitsView(service) },
  { name: 'channels', title: 'Channels', make: () => channelsView(service) },
  { name: 'tail', title: 'Tail', make: () => tailView(settings) },
  { name: 'why', title: 'Who hears', make: () => whyView(service) },
  { name: 'playground', title: 'Playground', make: () => playground(settings) },
  // It brings the grammar of patterns along, and with it a whole engine for regular expressions.
  { name: 'matcher', title: 'Matcher', make: async () => (await import('./matcher/view.ts')).matcherView() },
];

/** The page: a bar with links, and one view at a time. A view that was opened keeps its state. */
const show = (settings: ConsoleSettings): void => {
  const shown = element('div', {});
  const main = element('main', { id: 'main', tabindex: -1 }, awayNotice(service), shown);
  const views = viewsOf(settings);
  const made = new Map<string, Promise<HTMLElement>>();
  const links = views.map(({ name, title }) => element('a', { href: `#/${name}` }, title));

  const viewAsked = (): View => views.find(({ name }) => name === routeOf(location.hash).view) ?? (views[0] as View);

  const navigate = async (): Promise<void> => {
    const view = viewAsked();
    for (const link of links) setAttributes(link, { 'aria-current': link.hash === `#/${view.name}` && 'page' });
    document.title = `${view.title} · realtime-sync`;
    const making = made.get(view.name) ?? Promise.resolve(view.make());
    made.set(view.name, making);
    const root = await making;
    // Somebody may have gone on while it was loaded.
    if (viewAsked() !== view) return;
    setAttributes(root, { 'data-view': view.name });
    if (!root.isConnected) shown.append(root);
    for (const each of shown.children) (each as HTMLElement).hidden = each !== root;
    root.dispatchEvent(new CustomEvent('shown', { detail: routeOf(location.hash).query }));
  };

  const health = element('a', { class: 'pill', href: '#/overview' }, 'asking …');
  service.health.listen((outcome) => {
    const status = statusOf(outcome);
    fill(health, status);
    setAttributes(health, { 'data-status': status });
  });

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
      element('div', { class: 'side' }, element('span', { role: 'status' }, health), keyButton(service.key)),
    ),
    main,
  );
  addEventListener('hashchange', () => void navigate());
  service.start();
  void navigate();
};

try {
  show(await readSettings());
} catch (error) {
  fill(
    document.body,
    element(
      'main',
      { class: 'away' },
      element('h1', {}, 'realtime-sync'),
      element('p', {}, `The service does not answer: ${(error as Error).message}`),
    ),
  );
}
