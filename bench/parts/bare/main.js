// The floor of the benchmarks: an Electron app with nothing but a tray icon, and with BENCH_URL one bare ws client that only reads frames.
import { app, nativeImage, Tray } from 'electron';
import { WebSocket } from 'ws';

app.whenReady().then(() => {
  // Kept, or it would be collected.
  globalThis.tray = new Tray(nativeImage.createFromBitmap(Buffer.alloc(16 * 16 * 4, 0x80), { width: 16, height: 16 }));
  const { BENCH_URL: url, BENCH_TOKEN: token } = process.env;
  globalThis.frames = 0;
  if (!url) return;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  socket.on('message', () => {
    globalThis.frames += 1;
  });
});
