import { z } from 'zod';

/** How the app itself behaves on this computer, and what the page knows of the settings as a whole. */

export const theme = z.enum(['system', 'light', 'dark']);

/** A key combination as Electron's accelerators write it: at least one modifier, so that no plain letter is taken from other apps. */
export const shortcut = z
  .string()
  .regex(
    /^(?:(?:CommandOrControl|Control|Alt|Shift|Super)\+){1,4}(?:[A-Z0-9]|F(?:[1-9]|1\d|2[0-4])|Space|Tab|Home|End|PageUp|PageDown|Insert|Delete|Up|Down|Left|Right)$/,
    'A shortcut is one key together with Ctrl, Alt, Shift or the Super key.',
  )
  // With Shift alone it would swallow capital letters.
  .refine(
    (keys) => !/^(?:Shift\+)+[A-Z0-9]$/.test(keys),
    'Shift alone makes a capital letter: take Ctrl, Alt or the Super key with it.',
  );

export const preferences = z.object({
  theme: theme.default('system'),
  openAtLogin: z.boolean().default(false),
  /** False: the app starts into the tray alone. */
  windowAtStart: z.boolean().default(true),
  /** Opens the window from everywhere; null: none. */
  shortcut: shortcut.nullable().default(null),
});
export type Preferences = Readonly<z.output<typeof preferences>>;

export const defaultPreferences: Preferences = preferences.parse({});

/** The parts of the settings that can be exported, imported, managed and put back to their defaults. */
export const settingsPart = z.enum([
  'preferences',
  'trailers',
  'credentials',
  'projects',
  'notifications',
  'channels',
  'remoteAccess',
  'keepIn',
]);
export type SettingsPart = z.infer<typeof settingsPart>;

export const partWords: Readonly<Record<SettingsPart, string>> = {
  preferences: 'General',
  trailers: 'Marks in commits',
  credentials: 'Life of credentials',
  projects: 'Projects',
  notifications: 'What you are told',
  channels: 'SMS and e-mail',
  remoteAccess: 'Remote access',
  keepIn: 'Where credentials are kept',
};

/** One value that would change, in words. */
export const settingChange = z.object({
  part: settingsPart,
  /** Where in the part: "quiet · from". */
  name: z.string(),
  from: z.string(),
  to: z.string(),
});
export type SettingChange = z.infer<typeof settingChange>;

/** What the page knows of the settings as a whole. */
export const preferencesView = preferences.extend({
  id: z.literal('preferences'),
  /** Where each value comes from that an organization has set, as dotted paths: `remoteAccess.enabled`. */
  managed: z.array(z.string()).readonly(),
  /** The organization's file, where there is one, and what of it could not be used. */
  managedFile: z.string().nullable(),
  managedProblem: z.string().nullable(),
  /** What of the app's own files could not be read at the start: why, what is used instead, and where the old file is. */
  fileProblems: z.array(z.string()).readonly(),
  /** Why this computer can't do what was chosen; null when it can. */
  loginLimit: z.string().nullable(),
  shortcutTrouble: z.string().nullable(),
  /** Where the app keeps its data. */
  folder: z.string(),
});
export type PreferencesView = z.infer<typeof preferencesView>;

/** Whether an organization has set a value, or something inside of it. */
export const isManaged = (managed: readonly string[], path: string): boolean =>
  managed.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
