import { z } from 'zod';
import { readAnswer } from './protocol.ts';

/** Calls a command of one Jean. */
export type Invoke = (command: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Of all that `load_preferences` answers (tokens and keys among it) nothing else is even copied. On where Jean does not say (contract jean §4). */
const preferences = z.object({ desktop_notifications_enabled: z.boolean().nullish().catch(null) });

/** Whether Jean shows banners of its own. @throws JeanError */
export async function bannersOn(invoke: Invoke): Promise<boolean> {
  const answer = readAnswer(preferences, await invoke('load_preferences', {}), 'load_preferences');
  return answer.desktop_notifications_enabled ?? true;
}

/**
 * Turns Jean's own banners on or off by Jean's own command; a full save would reset every field that it lacks (contract jean §§4, 8).
 * @throws JeanError
 */
export async function setBanners(invoke: Invoke, on: boolean): Promise<void> {
  await invoke('patch_preferences', { patch: { desktop_notifications_enabled: on } });
}
