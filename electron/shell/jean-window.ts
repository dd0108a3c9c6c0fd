import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const runs = promisify(execFile);
const withinMs = 5_000;

/** What brings Jean's desktop app to the front; null where the system has no way for that. The bundle's name: contract jean §6. */
export function raisingCommand(platform: NodeJS.Platform): readonly [program: string, args: readonly string[]] | null {
  switch (platform) {
    case 'darwin':
      return ['/usr/bin/open', ['-b', 'com.jean.desktop']];
    case 'win32': {
      const script = "if (-not (New-Object -ComObject WScript.Shell).AppActivate('Jean')) { exit 1 }";
      return ['powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]];
    }
    default:
      // X11 and Wayland let no program raise another's window, and a second start of Jean is a second Jean (contract jean §8).
      return null;
  }
}

/** Brings Jean's desktop app to the front; false when that did not work. */
export async function raiseJean(platform: NodeJS.Platform): Promise<boolean> {
  const command = raisingCommand(platform);
  if (command === null) return false;
  const [program, args] = command;
  return runs(program, [...args], { timeout: withinMs, windowsHide: true }).then(
    () => true,
    () => false,
  );
}
