/** What the script of a page is given by its address, and what it leaves for whoever looks at the page. */
interface Window {
  readonly location: { readonly search: string };
  /** Milliseconds from the beginning of the navigation to the first event. */
  firstEvent?: number;
}

const page = globalThis as unknown as Window;

/** Address of the service. */
export const url = new URLSearchParams(page.location.search).get('url') as string;

/** Notes that an event came. Only the first counts. */
export const eventCame = (): void => {
  page.firstEvent ??= performance.now();
};
