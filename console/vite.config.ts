import { defineConfig } from 'vite';

/** `npx vite console` serves the sources, with everything else from a service that `npm start` runs. */
export default defineConfig({
  base: '/console/',
  // serverless/console/plain-path.ts may have lent the folder another path, which is to stay.
  resolve: { preserveSymlinks: true },
  build: {
    target: 'es2023',
    assetsDir: 'assets',
    // The page's policy lets nothing be loaded from `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      [
        '/health',
        '/metrics',
        '/status',
        '/connections',
        '/users',
        '/limits',
        '/listeners',
        '/channels',
        '/parked',
        '/console/settings.json',
      ].map((path) => [path, { target: 'http://127.0.0.1:3002' }]),
    ),
  },
});
