import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Tone } from '../../shared/sounds.ts';

export interface SoundsOptions {
  /** Where the tones are written as files; players play files. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly waveOf: (tone: Tone, volume: number) => Buffer;
  readonly log: (message: string) => void;
}

interface Player {
  readonly file: string;
  readonly args: (wave: string) => readonly string[];
}

/** PipeWire's, PulseAudio's, ALSA's. */
const linuxPlayers = ['pw-play', 'paplay', 'aplay'] as const;
/** The file's name goes by the environment: in a command line of PowerShell it would have to be quoted. */
const powershell = '(New-Object Media.SoundPlayer $env:JEAN_RAVI_SOUND).PlaySync()';

/**
 * Plays our own tones by a player of the system. Electron's notifications have no volume, and the page that could play is not there while
 * the window is closed; a hidden one for a tone would cost more memory than the rest of the app.
 */
export class Sounds {
  readonly #o: SoundsOptions;
  readonly #player: Player | null;
  #playing = false;

  constructor(options: SoundsOptions) {
    this.#o = options;
    this.#player = playerOf(options);
  }

  /** Why no tone of ours can be heard here; null where it can. */
  get limit(): string | null {
    return this.#player
      ? null
      : 'No program that plays sounds was found here (pw-play, paplay or aplay), so the desktop’s own sound is heard.';
  }

  /** Plays a tone, unless one is heard at this moment. */
  play(tone: Tone, volume: number): void {
    const player = this.#player;
    if (!player || this.#playing || volume === 0) return;
    try {
      const wave = this.#file(tone, volume);
      this.#playing = true;
      const child = spawn(player.file, [...player.args(wave)], {
        stdio: 'ignore',
        windowsHide: true,
        env: { ...this.#o.env, JEAN_RAVI_SOUND: wave },
      });
      child.once('error', (error) => this.#ended(error.message));
      child.once('exit', (status) => this.#ended(status === 0 ? null : `it ended with ${status}`));
      child.unref();
    } catch (error) {
      this.#ended(error instanceof Error ? error.message : String(error));
    }
  }

  #ended(why: string | null): void {
    this.#playing = false;
    if (why !== null) this.#o.log(`A sound could not be played: ${why}`);
  }

  #file(tone: Tone, volume: number): string {
    const { folder, waveOf } = this.#o;
    const file = join(folder, `${tone}-${volume}.wav`);
    if (existsSync(file)) return file;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, waveOf(tone, volume));
    return file;
  }
}

function playerOf({ platform, env }: SoundsOptions): Player | null {
  const plain = (wave: string): readonly string[] => [wave];
  if (platform === 'darwin') return { file: '/usr/bin/afplay', args: plain };
  if (platform === 'win32')
    return { file: 'powershell.exe', args: () => ['-NoProfile', '-NonInteractive', '-Command', powershell] };
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of linuxPlayers)
    for (const folder of folders) {
      const file = join(folder, name);
      if (isProgram(file)) return { file, args: plain };
    }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us.
    return false;
  }
}
