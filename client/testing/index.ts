/**
 * A service for the tests of an application.
 *
 * @module testing
 */

import { TestService } from './service.ts';
import type { TestServiceOptions } from './types.ts';

export type { TestService } from './service.ts';
export type {
  TestConnection,
  TestConnectOptions,
  TestEvent,
  TestIdentity,
  TestPublishOptions,
  TestRefusal,
  TestRequest,
  TestServiceOptions,
} from './types.ts';

/**
 * Makes a service for a test of an application. It behaves as the real one does, in this process and without a network.
 *
 * @returns the service; `close()` ends it, and the clients that it connected.
 */
export const createTestService = (options: TestServiceOptions = {}): TestService => new TestService(options);
