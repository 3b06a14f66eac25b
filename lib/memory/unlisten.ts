import type { MemoryStore } from './store.ts';
import { abandon, channelsOf, type NOTHING_TOLD } from './telling.ts';

/** Takes a connection out of the audiences of some texts. */
export const unlisten = (store: MemoryStore, told: typeof NOTHING_TOLD, id: string, texts: Iterable<string>): void => {
  const { audiences } = store;
  for (const text of texts) {
    const audience = audiences.get(text);
    audience?.delete(id);
    if (audience?.size !== 0) continue;
    audiences.delete(text);
    if (told.has('channels')) for (const channel of channelsOf([text])) abandon(store, { channel });
  }
};
