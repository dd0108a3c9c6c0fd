import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import ElectronStore from 'electron-store';
import { z } from 'zod';
import { type ChannelSettings, channelSettings, defaultChannels, type RemoteChannel } from '../../shared/channels.ts';
import { type FirstStep, firstStep } from '../../shared/first-check.ts';
import { instanceColour } from '../../shared/model.ts';
import { defaultNotificationSettings, type NotificationSettings, notificationSettings } from '../../shared/notifications.ts';
import {
  type CredentialSettings,
  credentialSettings,
  defaultCredentialSettings,
  type ProjectPolicy,
  projectPolicy,
} from '../../shared/policy.ts';
import { defaultPreferences, type Preferences, preferences } from '../../shared/preferences.ts';
import { type KeepIn, keepIn } from '../../shared/ravi.ts';
import { defaultRemoteSettings, type RemoteSettings, remoteSettings } from '../../shared/remote-settings.ts';
import { laidOver, type ManagedSettings, pathsOf, readManaged, takenFrom, unmanaged, valueAt } from './managed-settings.ts';
import { migrated, settingsVersion } from './settings-migrations.ts';

/** One Jean as the person has set it up; a token that it takes is in the secret box. */
const jeanSetting = z.object({
  id: z.string().min(1),
  /** Null: what it is called without being named. */
  name: z.string().min(1).max(60).nullable(),
  colour: instanceColour,
  /** False for a usual one that the person put aside. */
  watched: z.boolean(),
  at: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('usual') }),
    z.object({ kind: z.literal('folder'), folder: z.string().min(1) }),
    z.object({ kind: z.literal('address'), url: z.url({ protocol: /^https?$/ }), certificate: z.string().optional() }),
  ]),
});
export type JeanSetting = Readonly<z.infer<typeof jeanSetting>>;

/** What the person has set up. No secret is in here: keys and tokens are in the secret box. Unknown fields of a newer version are kept. */
const settingsSchema = z.looseObject({
  /** Of the file's form; a newer app's may be higher. */
  version: z.number().int().positive().default(settingsVersion),
  github: z
    .object({
      appId: z.string().min(1),
      /** Null: github.com. */
      apiUrl: z.url().nullable(),
      webUrl: z.url().nullable(),
      slug: z.string().min(1),
      /** The user id of the App's bot, once it was looked up. */
      botId: z.number().int().positive().optional(),
    })
    .nullable()
    .default(null),
  ravi: z
    .object({
      /** Null: Ravi's own address. */
      baseUrl: z.url().nullable(),
      /** Its address, where Ravi could not be asked for the uuid. */
      identityUuid: z.string().min(1),
      identityName: z.string(),
      inbox: z.string().optional(),
      email: z.string().nullable().optional(),
      /** What the plan did not include so far. */
      limits: z.array(z.object({ what: z.string(), message: z.string(), at: z.number() })).optional(),
    })
    .nullable()
    .default(null),
  preferences: preferences.default(defaultPreferences),
  /** A sign-in at Ravi that waits for the person to pick an identity; its key is in the secret box. */
  raviPending: z.object({ baseUrl: z.url().nullable(), email: z.string().nullable() }).nullable().default(null),
  /** Where to sign in; null: Ravi's own address. */
  raviAddress: z.url().nullable().default(null),
  /** Where credentials are kept while somebody is signed in to Ravi. */
  keepIn: keepIn.default('ravi'),
  /** The Jeans that the person added, moved, named or put aside; the usual ones on this computer need not stand here. */
  jeans: z.array(jeanSetting).default([]),
  /** Folder of `jean-ravi` where it is not `~/.local/bin`. */
  commandLineFolder: z.string().min(1).nullable().default(null),
  /** Commits in managed worktrees are marked with their session and credential. */
  trailers: z.boolean().default(false),
  /** Base sessions to which the person wants a credential given too; all others are left alone. */
  baseWorktrees: z.array(z.string().min(1)).default([]),
  /** Tells this computer's entries in a vault from another's; null until the first is to be made. */
  computer: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .nullable()
    .default(null),
  firstRunDone: z.boolean().default(false),
  /** First steps that the person put off. */
  skipped: z.array(firstStep).readonly().default([]),
  /** Bounds of the window in screen pixels. */
  window: z
    .object({ x: z.number().int(), y: z.number().int(), width: z.number().int().positive(), height: z.number().int().positive() })
    .nullable()
    .default(null),
  /** What each project's worktrees get, by project id; one that is not in here gets the safe default. */
  projects: z.record(z.string(), projectPolicy).default({}),
  credentials: credentialSettings.default(defaultCredentialSettings),
  notifications: notificationSettings.default(defaultNotificationSettings),
  /** Epoch ms until when only what is urgent is told; null when notifications are on. */
  mutedUntil: z.number().int().nonnegative().nullable().default(null),
  /** Whether the person wants Jean's own banners off, and whether it was us who turned them off. */
  jeanBanners: z.object({ wantedOff: z.boolean(), ours: z.boolean() }).default({ wantedOff: false, ours: false }),
  /** SMS and mail. Recipients are the person's own addresses: personal, not secret. */
  channels: z
    .object({ sms: channelSettings.default(defaultChannels.sms), email: channelSettings.default(defaultChannels.email) })
    .default(defaultChannels),
  /** Remote access: off until the person turns it on. */
  remoteAccess: remoteSettings.default(defaultRemoteSettings),
});

export interface Settings {
  readonly github: {
    readonly appId: string;
    readonly apiUrl: string | null;
    readonly webUrl: string | null;
    readonly slug: string;
    readonly botId?: number | undefined;
  } | null;
  readonly ravi: {
    readonly baseUrl: string | null;
    readonly identityUuid: string;
    readonly identityName: string;
    readonly inbox?: string | undefined;
    readonly email?: string | null | undefined;
    readonly limits?: { readonly what: string; readonly message: string; readonly at: number }[] | undefined;
  } | null;
  readonly raviPending: { readonly baseUrl: string | null; readonly email: string | null } | null;
  readonly raviAddress: string | null;
  readonly keepIn: KeepIn;
  readonly preferences: Preferences;
  readonly jeans: readonly JeanSetting[];
  readonly commandLineFolder: string | null;
  readonly trailers: boolean;
  readonly baseWorktrees: readonly string[];
  readonly computer: string | null;
  readonly firstRunDone: boolean;
  readonly skipped: readonly FirstStep[];
  readonly window: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null;
  readonly projects: Readonly<Record<string, ProjectPolicy>>;
  readonly credentials: CredentialSettings;
  readonly notifications: NotificationSettings;
  readonly mutedUntil: number | null;
  readonly jeanBanners: { readonly wantedOff: boolean; readonly ours: boolean };
  readonly channels: Readonly<Record<RemoteChannel, ChannelSettings>>;
  readonly remoteAccess: RemoteSettings;
}

/** Why the defaults are used; `message` is for the person. */
export interface SettingsProblem {
  /** Where the old file is now; null when it could not be moved, and then nothing is written over it. */
  readonly setAside: string | null;
  readonly message: string;
}

/** The person wants to change what their organization has set. */
export class ManagedSettingError extends Error {
  override readonly name = 'ManagedSettingError';

  constructor(readonly path: string) {
    super(`“${path.split('.').join(' · ')}” is set by your organization and can’t be changed here.`);
  }
}

export interface SettingsFile {
  get(): Settings;
  /**
   * Writes at once and atomically.
   * @throws ManagedSettingError for a value of the organization's; ZodError for a wrong value, else what the file system says. Nothing is
   * changed then.
   */
  update(change: Partial<Settings>): Settings;
}

const fileName = 'settings';

/** Opens `settings.json` in `folder` (the app's user-data folder, an absolute path). `managed`: the organization's file, read once. */
export function openSettings(options: {
  readonly folder: string;
  readonly now: () => number;
  readonly managed?: string | undefined;
}): {
  readonly settings: SettingsFile;
  /** What the organization has set; it is laid over `settings` already. */
  readonly managed: ManagedSettings;
  readonly problem: SettingsProblem | null;
} {
  const file = join(options.folder, `${fileName}.json`);
  const managed = options.managed === undefined ? unmanaged : readManaged(options.managed, whyUnfit);
  const { value, why } = read(file);
  const kept = (write: (value: Record<string, unknown>) => void): SettingsFile => new StoredSettings(value, managed, write);
  if (why === null) return { settings: kept(writeTo(options.folder)), managed, problem: null };

  const setAside = `${file}.broken-${options.now()}`;
  try {
    renameSync(file, setAside);
  } catch (error) {
    const message = `The settings can't be read (${why}) nor moved aside (${messageOf(error)}). The defaults are used until the app quits.`;
    return { settings: kept(() => undefined), managed, problem: { setAside: null, message } };
  }
  const message = `The settings could not be read (${why}), so the app started with the defaults. The old file is ${setAside}.`;
  return { settings: kept(writeTo(options.folder)), managed, problem: { setAside, message } };
}

/** The defaults of every setting. */
export const defaultSettings = (): Settings => defaults();

/** The settings with some of them as they were read from elsewhere. @throws ZodError that names the wrong value. */
export const checkedSettings = (base: Settings, change: Readonly<Record<string, unknown>>): Settings =>
  settingsSchema.parse({ ...base, ...change });

/** `wanted`, but what stands at the dotted `paths` as it is in `before`. @throws z.ZodError when they don't fit together */
export const settingsWithKept = (wanted: Settings, before: Settings, paths: readonly string[]): Settings =>
  settingsSchema.parse(takenFrom(wanted, before, paths));

/** What is wrong with a part of an organization's file; null when nothing is. */
function whyUnfit(part: string, value: unknown): string | null {
  const base = defaults();
  const laid = settingsSchema.safeParse(laidOver(base, { [part]: value }));
  if (!laid.success) return firstIssue(laid.error);
  // A name that no setting has was dropped by the schema.
  const unknown = pathsOf({ [part]: value }).find((path) => valueAt(laid.data, path) === undefined);
  return unknown === undefined ? null : `${unknown} is no setting`;
}

const defaults = (): z.output<typeof settingsSchema> => settingsSchema.parse({});

/** Reads without electron-store, whose constructor throws on a broken file without saying which part of it is wrong. */
function read(file: string): { readonly value: z.output<typeof settingsSchema>; readonly why: string | null } {
  try {
    const checked = settingsSchema.safeParse(migrated(JSON.parse(readFileSync(file, 'utf8'))));
    return checked.success ? { value: checked.data, why: null } : { value: defaults(), why: firstIssue(checked.error) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { value: defaults(), why: null };
    return { value: defaults(), why: messageOf(error) };
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.') || 'the file'}: ${issue.message}` : error.message;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function writeTo(folder: string): (value: Record<string, unknown>) => void {
  const store = new ElectronStore<Record<string, unknown>>({ cwd: folder, name: fileName, accessPropertiesByDotNotation: false });
  return (value) => {
    try {
      store.store = value;
    } catch (error) {
      const why = `That could not be written to ${store.path} (${messageOf(error)}), so what was set before holds.`;
      throw new Error(`${why} Look at the disk, and at who may write there, and try again.`, { cause: error });
    }
  };
}

type Value = z.output<typeof settingsSchema>;

class StoredSettings implements SettingsFile {
  readonly #managed: ManagedSettings;
  /** As the person has it; what the organization sets is laid over it and never written to the file. */
  #own: Value;
  #value: Value;
  readonly #write: (value: Record<string, unknown>) => void;

  constructor(own: Value, managed: ManagedSettings, write: (value: Record<string, unknown>) => void) {
    this.#managed = managed;
    this.#own = own;
    this.#value = this.#held(own);
    this.#write = write;
  }

  get(): Settings {
    return this.#value;
  }

  update(change: Partial<Settings>): Settings {
    const next = settingsSchema.parse({ ...this.#value, ...change });
    const wrong = this.#managed.paths.find((path) => !isDeepStrictEqual(valueAt(next, path), valueAt(this.#value, path)));
    if (wrong !== undefined) throw new ManagedSettingError(wrong);
    const own = settingsSchema.parse(takenFrom(next, this.#own, this.#managed.paths));
    this.#write(own);
    this.#own = own;
    this.#value = this.#held(own);
    return this.#value;
  }

  #held(own: Value): Value {
    return this.#managed.paths.length === 0 ? own : settingsSchema.parse(laidOver(own, this.#managed.values));
  }
}
