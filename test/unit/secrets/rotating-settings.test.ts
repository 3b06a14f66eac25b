import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemorySecrets } from '../../../lib/memory/secrets.ts';
import { versionsOf } from '../../../lib/ports/rotating.ts';
import { MAX_AGE, PAUSE, RotatingSettings } from '../../../lib/secrets/rotating-settings.ts';

/** Secrets that count how often they are read. */
class CountedSecrets extends MemorySecrets {
  reads = 0;

  override current(name: string): Promise<string> {
    this.reads += 1;
    return super.current(name);
  }

  override previous(name: string): Promise<string | undefined> {
    this.reads += 1;
    return super.previous(name);
  }
}

const parse = (text: string) => {
  if (text.length < 3) throw new Error('too short');
  return { key: text };
};

/** Settings by a secret whose text is `old`, a moment that is long enough ago to look again. */
const rotating = async () => {
  const secrets = new CountedSecrets();
  const clock = new ManualClock();
  const failures: unknown[] = [];
  secrets.put('s', 'old');
  const onFailure = (error: unknown) => failures.push(error);
  const settings = new RotatingSettings({ secrets, clock, name: 's', parse, onFailure }, 'old');
  await clock.sleep(PAUSE);
  return { secrets, clock, settings, failures };
};

const versions = async (settings: RotatingSettings<{ key: string }>): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { key } of versionsOf(settings)) found.push(key);
  return found;
};

describe('settings with a secret', () => {
  it('are not usable by a secret that is not', () => {
    const options = { secrets: new MemorySecrets(), clock: new ManualClock(), name: 's', parse, onFailure: () => {} };
    expect(() => new RotatingSettings(options, 'x')).toThrow('too short');
  });

  it('are read again once they are old, and not before', async () => {
    const { secrets, clock, settings } = await rotating();
    secrets.put('s', 'new');
    expect(await settings.current()).toEqual({ key: 'old' });
    expect(secrets.reads).toBe(0);
    await clock.sleep(MAX_AGE);
    expect(await settings.current()).toEqual({ key: 'new' });
    expect(settings.latest).toEqual({ key: 'new' });
    await settings.current();
    expect(secrets.reads).toBe(1);
  });

  it('are the same object for as long as the secret is', async () => {
    const { clock, settings } = await rotating();
    const before = settings.latest;
    await clock.sleep(MAX_AGE);
    expect(await settings.current()).toBe(before);
  });

  it('are read again where they are refused: once by all who ask at a time, and then not for a while', async () => {
    const { secrets, clock, settings } = await rotating();
    secrets.put('s', 'new');
    expect(await Promise.all([settings.renewed(), settings.renewed()])).toEqual([{ key: 'new' }, { key: 'new' }]);
    secrets.put('s', 'newer');
    expect(await settings.renewed()).toEqual({ key: 'new' });
    expect(secrets.reads).toBe(1);
    await clock.sleep(PAUSE);
    expect(await settings.renewed()).toEqual({ key: 'newer' });
    expect(secrets.reads).toBe(2);
  });

  it('are looked up in order: as they are, as they are by now, as they were before', async () => {
    const { secrets, settings } = await rotating();
    expect(await versions(settings)).toEqual(['old']);
    const exchanged = await rotating();
    exchanged.secrets.put('s', 'new');
    expect(await versions(exchanged.settings)).toEqual(['old', 'new', 'old']);
    expect(await versions(exchanged.settings)).toEqual(['new', 'old']);
    expect(secrets.reads).toBe(2);
  });

  it('know the version before for as long as a version, and none once none is offered', async () => {
    const { secrets, clock, settings } = await rotating();
    secrets.put('s', 'new');
    expect(await settings.previous()).toEqual({ key: 'old' });
    secrets.forgetPrevious('s');
    expect(await settings.previous()).toEqual({ key: 'old' });
    await clock.sleep(MAX_AGE);
    expect(await settings.previous()).toBeUndefined();
  });

  it.each([
    ['cannot be read', (secrets: MemorySecrets) => Object.assign(secrets, { failure: new Error('denied') }), 'denied'],
    ['is not usable any more', (secrets: MemorySecrets) => secrets.put('s', 'x'), 'too short'],
  ])('go on as they were where the secret %s, and it is tried again later', async (_, spoil, why) => {
    const { secrets, clock, settings, failures } = await rotating();
    await clock.sleep(MAX_AGE);
    spoil(secrets);
    expect(await settings.current()).toEqual({ key: 'old' });
    expect(await settings.renewed()).toEqual({ key: 'old' });
    expect(failures).toEqual([expect.objectContaining({ message: why })]);
    secrets.failure = undefined;
    secrets.put('s', 'new');
    await clock.sleep(PAUSE);
    expect(await settings.current()).toEqual({ key: 'new' });
  });
});
