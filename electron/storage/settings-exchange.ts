import { z } from 'zod';
import type { ChannelSettings } from '../../shared/channels.ts';
import { partWords, type SettingChange, type SettingsPart, settingsPart } from '../../shared/preferences.ts';
import { laidOver, pathsOf, valueAt } from './managed-settings.ts';
import { checkedSettings, type Settings } from './settings.ts';
import { migrated, settingsVersion } from './settings-migrations.ts';

/**
 * Settings on their way from one computer to another. Accounts, keys and tokens do not go along, nor does what is true of one computer
 * alone; what could open a door, run a program or say where a key is sent (Ravi's address) is not taken from a file.
 */

/** The parts of the settings with what may travel of each. */
export type CarriedParts = { readonly [P in SettingsPart]: Settings[P] };

const app = 'jean-ravi-companion';
const exportForm = z.looseObject({
  app: z.literal(app, { error: 'it was not exported by Jean Ravi Companion' }),
  version: z.number().int().positive(),
  settings: z.record(z.string(), z.unknown()),
});

/** The longest file that is read, characters. */
export const longestExport = 2_000_000;
const mostChanges = 500;

/** What may travel of each part. */
export function carried(settings: Settings): CarriedParts {
  const { preferences, trailers, credentials, projects, notifications, channels, remoteAccess, keepIn } = settings;
  const { bind, hosts, rotation, tls } = remoteAccess;
  return {
    preferences,
    trailers,
    credentials,
    projects,
    notifications,
    // A recipient is verified by who has it before them, and a sender belongs to an account.
    channels: { sms: channelCarried(channels.sms), email: channelCarried(channels.email) },
    // Ports, certificate files and the command that restarts a Jean are this computer's.
    remoteAccess: {
      ...checkedSettings(settings, { remoteAccess: {} }).remoteAccess,
      bind,
      hosts,
      rotation,
      tls: tls.kind === 'files' ? { kind: 'none' } : tls,
    },
    keepIn,
  };
}

const channelCarried = (settings: ChannelSettings): ChannelSettings => ({
  ...settings,
  identity: null,
  recipients: settings.recipients.map(({ address }) => ({ address, verifiedAt: null })),
});

/** The file that is written: JSON, indented for people. */
export function exportText(settings: Settings, now: number): string {
  const file = { app, version: settingsVersion, exportedAt: new Date(now).toISOString(), settings: carried(settings) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A file as settings over those of `base`; parts that are not in it stay as they are. */
export function readExport(
  text: string,
  base: Settings,
):
  | { readonly ok: true; readonly settings: Settings; readonly parts: readonly SettingsPart[] }
  | { readonly ok: false; readonly why: string } {
  if (text.length > longestExport) return { ok: false, why: 'it is too long for a settings file' };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return { ok: false, why: 'it is no JSON' };
  }
  const file = exportForm.safeParse(read);
  if (!file.success) return { ok: false, why: file.error.issues[0]?.message ?? 'its form is not known' };
  if (file.data.version > settingsVersion) return { ok: false, why: 'it is of a newer Companion: update this one first' };
  const ofToday = z.record(z.string(), z.unknown()).parse(migrated({ ...file.data.settings, version: file.data.version }));
  const parts = settingsPart.options.filter((part) => Object.hasOwn(ofToday, part));
  if (parts.length === 0) return { ok: false, why: 'there is no setting in it that this Companion knows' };
  try {
    const wished = checkedSettings(base, Object.fromEntries(parts.map((part) => [part, ofToday[part]])));
    return { ok: true, settings: { ...base, ...kept(base, wished, parts) }, parts };
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    return { ok: false, why: issue ? `${issue.path.join(' · ')}: ${issue.message}` : String(error) };
  }
}

/** Of what a file wishes, what may be taken from one. */
function kept(base: Settings, wished: Settings, parts: readonly SettingsPart[]): Partial<Settings> {
  const travels = carried(wished);
  const safe: Partial<Settings> = {
    ...travels,
    channels: {
      sms: channelKept(base.channels.sms, travels.channels.sms),
      email: channelKept(base.channels.email, travels.channels.email),
    },
    remoteAccess: {
      ...base.remoteAccess,
      bind: travels.remoteAccess.bind,
      hosts: travels.remoteAccess.hosts,
      rotation: travels.remoteAccess.rotation,
      tls: base.remoteAccess.tls.kind === 'files' ? base.remoteAccess.tls : travels.remoteAccess.tls,
      // Nobody gets an open door from a file: where it would open further, the person turns it on again.
      enabled: base.remoteAccess.enabled && base.remoteAccess.bind === travels.remoteAccess.bind,
    },
  };
  return Object.fromEntries(parts.map((part) => [part, safe[part]]));
}

/** Who is verified here stays so. */
function channelKept(base: ChannelSettings, wished: ChannelSettings): ChannelSettings {
  const verified = new Map(base.recipients.map(({ address, verifiedAt }) => [address, verifiedAt]));
  const recipients = wished.recipients.map(({ address }) => ({ address, verifiedAt: verified.get(address) ?? null }));
  return { ...wished, identity: base.identity, recipients };
}

/** Every value that differs, in words for the person. */
export function changesBetween(before: Settings, after: Settings): readonly SettingChange[] {
  const changes: SettingChange[] = [];
  for (const part of settingsPart.options) {
    const paths = new Set(pathsOf(laidOver({ [part]: before[part] }, { [part]: after[part] })));
    for (const path of paths) {
      const [from, to] = [written(valueAt(before, path)), written(valueAt(after, path))];
      if (from === to) continue;
      const name = path.split('.').slice(1).join(' · ') || partWords[part];
      changes.push({ part, name, from, to });
    }
  }
  return changes.slice(0, mostChanges);
}

function written(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
}
