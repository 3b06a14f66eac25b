/**
 * A page as frameworks make it: it connects when its module is loaded. It subscribes in an effect, which React's strict mode
 * runs, undoes and runs again while the socket still connects.
 */
import { connect } from '../../client/src/index.ts';
import { CHANNEL } from './names.ts';
import { eventCame, url } from './page.ts';

const client = connect({ url, user: 'reader' });

const effect = (): (() => void) => {
  const subscription = client.subscribe(CHANNEL, eventCame);
  return () => subscription.unsubscribe();
};

setTimeout(() => {
  effect()();
  effect();
});
