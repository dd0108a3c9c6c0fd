// The smallest app with a tray, a notification and a secret: shows whether the desktop that the tests run on is a real one.
import { app, Menu, Notification, nativeImage, safeStorage, Tray } from 'electron';

const icon = (shade) => nativeImage.createFromBitmap(Buffer.alloc(16 * 16 * 4, shade), { width: 16, height: 16 });
const heard = [];

const menu = (label) =>
  Menu.buildFromTemplate([
    { label: 'Sessions', submenu: [{ label, click: () => heard.push(`click ${label}`) }] },
    { type: 'separator' },
    { label: 'Paused', type: 'checkbox', checked: true },
    { label: 'Not now', enabled: false },
    { label: 'Quit', click: () => app.quit() },
  ]);

// Not awaited at the top: Electron waits for this module before it gets ready.
app.whenReady().then(() => {
  const tray = new Tray(icon(0x40));
  tray.setToolTip('2 running');
  tray.setContextMenu(menu('feature_one'));
  tray.on('click', () => heard.push('activate'));

  globalThis.probe = {
    heard,
    turn: () => {
      tray.setImage(icon(0xc0));
      tray.setToolTip('1 needs you');
      tray.setContextMenu(menu('second'));
    },
    notify: () => {
      const notification = new Notification({ title: 'Session finished', body: 'feature_one in jean' });
      notification.on('click', () => heard.push('notification clicked'));
      notification.on('close', () => heard.push('notification closed'));
      notification.show();
      globalThis.probe.kept = notification;
    },
    backend: () => safeStorage.getSelectedStorageBackend(),
    seal: (text) => safeStorage.encryptString(text).toString('base64'),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
  };
});
