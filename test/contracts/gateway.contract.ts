import { describe, expect, it } from 'vitest';
import { type Gateway, patienceOf } from '../../lib/ports/gateway.ts';
import { connection } from '../unit/sync/world.ts';

/** A gateway with its clients’ side, without connections at first. */
interface GatewayUnderTest {
  readonly gateway: Gateway;
  /** What connections are to name as their gateway. */
  readonly endpoint: string;
  /** A client connects. It hears texts, oldest first. */
  connect(id: string): { heard(): readonly string[] };
  /** A client goes away, and nobody is told. */
  leave(id: string): void;
  /** A client reads nothing from here on. */
  block(id: string): void;
}

/** What a contract is held against. */
export interface GatewayKind {
  readonly name: string;
  open(): GatewayUnderTest | Promise<GatewayUnderTest>;
}

const PATIENCE = 300;

/** What {@link Gateway} promises. */
export const gatewayContract = (kind: GatewayKind): void => {
  const open = async () => {
    const under = await kind.open();
    const of = (id: string) => ({ ...connection(id), endpoint: under.endpoint });
    const post = (id: string, text: string) =>
      under.gateway.post(of(id), new TextEncoder().encode(text), patienceOf(PATIENCE));
    return { ...under, of, post };
  };

  describe(`the gateway (${kind.name})`, () => {
    it('hands frames to the connection they are for, in the order in which they were awaited', async () => {
      const { connect, post } = await open();
      const [alice, bob] = [connect('A=/+'), connect('B')];
      for (const text of ['1', '2 é😀', '3']) expect(await post('A=/+', text)).toBe('taken');
      expect(await post('B', 'other')).toBe('taken');
      expect(alice.heard()).toEqual(['1', '2 é😀', '3']);
      expect(bob.heard()).toEqual(['other']);
    });

    it('says of a connection that is no more that it is gone', async () => {
      const { connect, leave, post, gateway, of } = await open();
      connect('A');
      expect(await gateway.find(of('A'))).toBe('open');
      leave('A');
      expect(await post('A', '1')).toBe('gone');
      expect(await gateway.find(of('A'))).toBe('gone');
      expect(await post('never', '1')).toBe('gone');
      expect(await gateway.find(of('never'))).toBe('gone');
    });

    it('closes a connection, also one that is closed', async () => {
      const { connect, post, gateway, of } = await open();
      connect('A');
      await gateway.close(of('A'));
      await gateway.close(of('A'));
      expect(await post('A', '1')).toBe('gone');
    });

    it('gives up on a connection that takes nothing, and goes on with others', async () => {
      const { connect, block, post } = await open();
      connect('A');
      const bob = connect('B');
      block('A');
      const [stuck, taken] = await Promise.all([post('A', '1'), post('B', '2')]);
      expect([stuck, taken]).toEqual(['stuck', 'taken']);
      expect(bob.heard()).toEqual(['2']);
    });
  });
};
