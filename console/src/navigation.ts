import { addressOf } from './route.ts';

/** Says in the address what is shown, so that it can be sent to somebody else. Nothing is gone to. */
export const keepInAddress = (view: string, query: Readonly<Record<string, string>>): void =>
  history.replaceState(null, '', addressOf(view, query));

/** Tells a view each time that it is shown what it is asked then. */
export const onShown = (view: HTMLElement, listener: (query: URLSearchParams) => void): void =>
  view.addEventListener('shown', (event) => listener((event as CustomEvent<URLSearchParams>).detail));
