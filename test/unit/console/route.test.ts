import { describe, expect, it } from 'vitest';
import { addressOf, routeOf } from '../../../console/src/route.ts';

describe('the address of a view', () => {
  it.each([
    ['#/overview', 'overview', {}],
    ['#/why?user=alice&channel=task%3Aopened', 'why', { user: 'alice', channel: 'task:opened' }],
    ['#/tail?pattern=%2Ftask%3F%2F', 'tail', { pattern: '/task?/' }],
    ['', '', {}],
    ['#main', '', {}],
  ])('%s is read', (hash, view, query) => {
    const route = routeOf(hash);
    expect({ view: route.view, query: Object.fromEntries(route.query) }).toEqual({ view, query });
  });

  it.each([{ user: 'a&b=c#d?e', channel: '/task:(a|b)?/' }, { pattern: 'task:**' }])('holds %j', (query) => {
    expect(Object.fromEntries(routeOf(addressOf('why', query)).query)).toEqual(query);
  });

  it('leaves out what is empty', () => {
    expect(addressOf('connections', { user: '' })).toBe('#/connections');
  });
});
