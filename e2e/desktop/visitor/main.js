// The browser of somebody who comes from outside: windows of Chromium without anything of ours in them, each person's with cookies of its own.
import { app, BrowserWindow, session } from 'electron';

app.on('window-all-closed', () => undefined);
// Not awaited at the top: Electron waits for this module before it gets ready.
app.whenReady().then(() => {
  globalThis.visitor = {
    open: async (person, url) => {
      const own = session.fromPartition(person);
      const window = new BrowserWindow({ show: false, width: 900, height: 700, webPreferences: { session: own, sandbox: true } });
      await window.loadURL(url).catch(() => undefined);
    },
    /** Who trusts a certificate by its fingerprint, as people do who compare it. */
    trust: (person, fingerprint) =>
      session
        .fromPartition(person)
        .setCertificateVerifyProc(({ certificate }, answer) =>
          answer(certificate.fingerprint.replace('sha256/', '') === fingerprint ? 0 : -2),
        ),
    cookies: async (person) =>
      (await session.fromPartition(person).cookies.get({})).map(({ name, httpOnly, secure, sameSite, session: ends }) => ({
        name,
        httpOnly,
        secure,
        sameSite,
        ends,
      })),
  };
});
