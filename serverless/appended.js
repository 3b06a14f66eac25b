/**
 * The event of the function that publishes to back-ends and tells of the service, for serverless.yml: it is called where the
 * stage has either switched on, and else never. On a laptop localstack/plugins/appended.ts calls it. Plain JavaScript, which the framework loads.
 */

/** @param {{ resolveVariable: (variable: string) => Promise<unknown> }} tools */
export const events = async ({ resolveVariable }) => [
  {
    schedule: {
      rate: ['rate(1 minute)'],
      enabled:
        String(await resolveVariable('param:appendedEnabled, null')) === 'true' ||
        String((await resolveVariable("param:serviceEvents, ''")) ?? '') !== '',
    },
  },
];
