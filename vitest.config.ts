import { defineConfig } from 'vitest/config';

/** Unit tests stand beside what they test. */
export default defineConfig({
  test: {
    include: ['shared', 'electron', 'renderer', 'sandbox', 'e2e', 'build'].map((room) => `${room}/**/*.test.{ts,tsx,mjs}`),
    reporters: ['default', ['json', { outputFile: 'out/test/unit.json' }]],
  },
});
