import type { Event } from '../client/src/index.ts';
import type { Output } from './output.ts';

/** Says an event: a line to a person, the event itself to a program. */
export const sayEvent = (output: Output, event: Event): void => {
  const { channel, offset, timestamp, userId, priority, data, private: mine } = event;
  const time = output.styled('dim', new Date(timestamp).toISOString().slice(11, 23));
  const notes = [mine === true ? 'private' : '', userId ?? '', priority === 'normal' ? '' : priority].filter(Boolean);
  const about = notes.length === 0 ? '' : output.styled('dim', `  ${notes.join(', ')}`);
  output.say(`${time} ${output.styled('cyan', channel)} #${offset} ${JSON.stringify(data)}${about}`, event);
};
