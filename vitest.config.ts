import { defineConfig } from 'vitest/config';

/** Unit tests stand beside what they test. */
export default defineConfig({
  test: {
    include: ['shared', 'electron', 'renderer', 'sandbox', 'e2e', 'build'].map((room) => `${room}/**/*.test.{ts,tsx,mjs}`),
    // Against hanging, not for timing: property tests and real git take their time on a busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: 'out/test/unit.json' }]],
  },
});
