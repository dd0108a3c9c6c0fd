import type { Tone } from '../../shared/sounds.ts';

/** One note: Hz, when it begins and how long it is heard, s. */
interface Note {
  readonly pitch: number;
  readonly at: number;
  readonly for: number;
}

const tones: Readonly<Record<Tone, readonly Note[]>> = {
  chime: [
    { pitch: 880, at: 0, for: 0.35 },
    { pitch: 1318.5, at: 0.12, for: 0.45 },
  ],
  knock: [
    { pitch: 196, at: 0, for: 0.09 },
    { pitch: 196, at: 0.16, for: 0.09 },
  ],
  alert: [
    { pitch: 987.8, at: 0, for: 0.14 },
    { pitch: 740, at: 0.18, for: 0.14 },
    { pitch: 987.8, at: 0.36, for: 0.2 },
  ],
};
const rate = 22_050;
const headerBytes = 44;

/**
 * A tone as a WAV file (PCM, 16 bit, mono). The volume (percent) is in its samples: no player of every desktop takes one, and Electron's
 * notifications have none.
 */
export function waveOf(tone: Tone, volume: number): Buffer {
  const notes = tones[tone];
  const samples = Math.ceil(Math.max(...notes.map((note) => note.at + note.for)) * rate);
  const file = Buffer.alloc(headerBytes + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  // Loudness is heard by its logarithm, roughly: half the slider is a quarter of the amplitude.
  const loudest = 0.5 * 32_767 * (volume / 100) ** 2;
  for (let n = 0; n < samples; n += 1) {
    const heard = notes.reduce((sum, note) => sum + sampleOf(note, n / rate), 0);
    file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, heard)) * loudest), headerBytes + n * 2);
  }
  return file;
}

/** A sine that begins within 5 ms and fades, so that it doesn't click. */
function sampleOf({ pitch, at, for: length }: Note, time: number): number {
  const since = time - at;
  if (since < 0 || since > length) return 0;
  const envelope = Math.min(1, since / 0.005) * (1 - since / length) ** 1.5;
  return Math.sin(2 * Math.PI * pitch * since) * envelope * 0.8;
}
