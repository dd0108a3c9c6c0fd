import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { appId, appName, nameApp } from './app-name.ts';

/** What is told to Electron on a platform. */
function told(platform: NodeJS.Platform): readonly string[] {
  const calls: string[] = [];
  nameApp({ setName: (name) => calls.push(name), setAppUserModelId: (id) => calls.push(id) }, platform);
  return calls;
}

describe('the app', () => {
  it('has the id of its shortcut on Windows, so that its notifications are shown there', () => {
    expect(told('win32')).toEqual([appName, appId]);
    expect([told('darwin'), told('linux')]).toEqual([[appName], [appName]]);
  });

  it('is called as its installers call it', () => {
    const builder = readFileSync(new URL('../../electron-builder.yml', import.meta.url), 'utf8');
    expect(builder).toMatch(new RegExp(`^appId: ${appId}$`, 'm'));
    expect(builder).toMatch(new RegExp(`^productName: ${appName}$`, 'm'));
    const folder = `/.config/${appName}/settings.json`;
    expect(readFileSync(new URL('../../build/linux/before-remove.sh', import.meta.url), 'utf8')).toContain(folder);
  });
});
