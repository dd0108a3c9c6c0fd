import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // The code also runs on Electron 33 (Node 20.18), whatever runtime is installed here.
      target: 'node20.18',
      sourcemap: true,
      rolldownOptions: {
        input: { main: 'electron/entry.ts', app: 'electron/main.ts', sandbox: 'sandbox/main.ts' },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target: 'node20.18',
      // A sandboxed preload script can require nothing but electron, and has to be CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: 'electron/preload.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    build: {
      outDir: 'out/renderer',
      target: 'chrome130',
      // Small fonts would become data: addresses, which the page's policy forbids.
      assetsInlineLimit: 0,
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
