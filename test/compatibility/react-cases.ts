/** A page that counts the sockets that are made, before anything else is done. */
export const COUNTING = `
globalThis.made = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    globalThis.made.push(this);
  }
};
`;

/**
 * Components that suspend, before they are there and afterwards. What was shown stands in the page as text; `settle()` goes on,
 * `suspend()` suspends what is there.
 */
export const SUSPENDING = `
import { createElement as h, StrictMode, Suspense, use, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from 'realtime-sync-client';
import { RealtimeProvider, useConnectionState, useSubscription } from 'realtime-sync-client/react';

const url = new URLSearchParams(location.search).get('url');
const wait = () => ((made) => ((made.promise = new Promise((resolve) => (made.settle = resolve))), made))({});
globalThis.connects = 0;
const connectOnce = () => {
  globalThis.connects++;
  return connect({ url, user: 'alice' });
};
const first = wait();
globalThis.settle = first.settle;

const Heard = ({ until }) => {
  const { events } = useSubscription('list:*');
  use(until);
  return h('p', null, 'heard ' + events.map(({ data }) => data).join());
};
const State = () => h('p', null, 'state ' + useConnectionState());
const App = () => {
  const [until, setUntil] = useState(first.promise);
  globalThis.suspend = () => {
    const next = wait();
    globalThis.settle = next.settle;
    setUntil(next.promise);
  };
  return h(Suspense, { fallback: h('p', null, 'suspended') }, h(Heard, { until }));
};
createRoot(document.getElementById('root')).render(
  h(StrictMode, null, h(RealtimeProvider, { connect: connectOnce }, h(State), h(App))),
);
`;

/** A component that is replaced by another version of itself, as bundlers do while one develops: `replace()`. */
export const RELOADING = `
import { injectIntoGlobalHook, performReactRefresh, register, setSignature } from 'react-refresh/runtime';
injectIntoGlobalHook(globalThis);
const { createElement: h, StrictMode } = await import('react');
const { createRoot } = await import('react-dom/client');
const { connect } = await import('realtime-sync-client');
const { RealtimeProvider, useSubscription } = await import('realtime-sync-client/react');

const url = new URLSearchParams(location.search).get('url');
const version = (name) => {
  const Heard = () => h('p', null, name + ' heard ' + useSubscription('list:*').events.map(({ data }) => data).join());
  setSignature(Heard, 'the same hooks');
  register(Heard, 'Heard');
  return Heard;
};
const Heard = version('first');
const App = () => h(StrictMode, null, h(RealtimeProvider, { connect: () => connect({ url, user: 'alice' }) }, h(Heard)));
createRoot(document.getElementById('root')).render(h(App));
globalThis.replace = () => {
  version('second');
  performReactRefresh();
};
`;

/** Hooks without a provider and a provider without `connect`, each rendered on a server: prints what each is told. */
export const MISUSED = `
import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';
import { RealtimeProvider, useClient, useConnectionState, useHistory, useSubscription } from 'realtime-sync-client/react';

const told = (element) => {
  try {
    renderToString(element);
    return 'nothing';
  } catch (error) {
    return error.message;
  }
};
const hooks = [useClient, useConnectionState, () => useSubscription('a'), () => useHistory('a')];
const all = hooks.map((hook) => () => (hook(), null));
console.log(JSON.stringify([
  ...all.map((Component) => told(h(Component))),
  told(h(RealtimeProvider)),
  told(h(RealtimeProvider, { connect: () => undefined }, ...all.map((Component, key) => h(Component, { key })))),
]));
`;

/** Options with a time that is another at each render, of which there are many. */
export const SINCE = `
import { createElement as h, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from 'realtime-sync-client';
import { RealtimeProvider, useHistory, useSubscription } from 'realtime-sync-client/react';

const url = new URLSearchParams(location.search).get('url');
const HOUR = 3_600_000;

const Heard = () => {
  const [prefix, setPrefix] = useState('list');
  const [hours, setHours] = useState(1);
  const [keep, setKeep] = useState(100);
  const [, setCount] = useState(0);
  Object.assign(globalThis, { setPrefix, setHours, setKeep });
  useEffect(() => {
    const timer = setInterval(() => setCount((count) => count + 1), 20);
    return () => clearInterval(timer);
  }, []);
  const { events, isReady } = useSubscription(prefix + ':*', { replay: { since: Date.now() - hours * HOUR }, keep });
  const read = useHistory(prefix + ':added', { since: Date.now() - hours * HOUR });
  const text = (of) => of.map(({ data }) => data).join();
  return h('p', null, 'heard ' + text(events) + ' ' + isReady + ', read ' + text(read.events) + ' ' + read.isLoading);
};
createRoot(document.getElementById('root')).render(
  h(StrictMode, null, h(RealtimeProvider, { connect: () => connect({ url, user: 'alice' }) }, h(Heard))),
);
`;

/** A test of components, in Node: prints what they show of what was there before, of what happens, and of what was missed. */
export const TESTED = `
import { JSDOM } from 'jsdom';
const { window } = new JSDOM('<div id="root"></div>');
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
const { act, createElement: h } = await import('react');
const { createRoot } = await import('react-dom/client');
const { RealtimeProvider, useConnectionState, useSubscription } = await import('realtime-sync-client/react');
const { createTestService } = await import('realtime-sync-client/testing');

const service = createTestService();
const root = createRoot(document.getElementById('root'));
const Tasks = () => {
  const { events } = useSubscription('task:*');
  return useConnectionState() + ': ' + events.map(({ data }) => data.title).join();
};
const shown = [];
const show = () => shown.push(document.body.textContent);
await act(() => root.render(h(RealtimeProvider, { connect: () => service.connect({ user: 'alice' }) }, h(Tasks))));
await act(() => service.settled());
show();
await act(() => service.publish('task:opened', { title: 'Hello' }));
show();
await act(async () => {
  service.setOffline(true);
  await service.publish('task:opened', { title: 'missed' });
});
show();
service.setOffline(false);
await act(() => service.advance(60_000));
show();
await act(() => root.unmount());
await service.close();
console.log(JSON.stringify(shown));
`;
