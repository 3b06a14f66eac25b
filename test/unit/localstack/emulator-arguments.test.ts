import { describe, expect, it } from 'vitest';
import { NAMING_SECRET } from '../../../localstack/connection-name.ts';
import { emulatorArguments } from '../../../localstack/emulator.ts';
import { API_GATEWAY } from '../../../localstack/strict/settings.ts';

const secondsOf = (args: readonly string[], option: string): number => Number(args[args.indexOf(option) + 1]);

describe('the emulator', () => {
  it.each(['--webSocketIdleTimeout', '--webSocketHardTimeout'])(
    'leaves it to the gateway in front to end connections (%s): it does not see what is posted to them',
    (option) => {
      const args = emulatorArguments({ inProcess: true, environment: { [NAMING_SECRET]: 'a secret' } });
      expect(args).toContain(option);
      expect(secondsOf(args, option) * 1_000).toBeGreaterThan(API_GATEWAY.life);
      expect(secondsOf(args, option) * 1_000).toBeLessThan(2 ** 31);
    },
  );

  it('ends them itself where it stands alone, as API Gateway does', () => {
    const args = emulatorArguments({ inProcess: true, environment: {} });
    expect(args.filter((arg) => arg.startsWith('--webSocket'))).toEqual([]);
  });
});
