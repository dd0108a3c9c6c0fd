import { type ChannelSettings, type RemoteChannel, remoteChannel } from '../shared/channels.ts';
import { defaultProjectPolicy } from '../shared/policy.ts';
import { partWords, type SettingChange, type SettingsPart } from '../shared/preferences.ts';
import type { AuditInput } from './audit/log.ts';
import type { AppPreferences } from './preferences.ts';
import { defaultSettings, type Settings, type SettingsFile, settingsWithKept } from './storage/settings.ts';
import { changesBetween, exportText, readExport } from './storage/settings-exchange.ts';
import type { World } from './world.ts';

export interface SettingsPartsOptions {
  readonly world: () => Pick<World, 'origins' | 'projects' | 'notices' | 'channels' | 'remote' | 'raviAccount' | 'audit'>;
  /** Those that are in use: the sandbox has its own. */
  readonly settings: () => SettingsFile;
  readonly preferences: AppPreferences;
  /** Dotted paths of what an organization has set: it stays, and the rest of a part is changed all the same. */
  readonly managed: readonly string[];
  /** The page's view of the app follows what was changed. */
  readonly changed: () => void;
  readonly now: () => number;
}

/** What a file would change, before the person has said yes. */
export interface Offered {
  readonly changes: readonly SettingChange[];
  readonly settings: Settings;
  readonly parts: readonly SettingsPart[];
}

/** Part of the roof: the settings as a whole, each part by the one who owns it, so that a change has its effect at once and is audited. */
export class SettingsParts {
  readonly #o: SettingsPartsOptions;

  constructor(options: SettingsPartsOptions) {
    this.#o = options;
  }

  exported(): string {
    return exportText(this.#o.settings().get(), this.#o.now());
  }

  /** What is in a file. @throws Error with a sentence. */
  offered(text: string): Offered {
    const before = this.#o.settings().get();
    const read = readExport(text, before);
    if (!read.ok) throw new Error(`This file can’t be imported: ${read.why}. Nothing was changed.`);
    const settings = this.#allowed(before, read.settings);
    return { settings, parts: read.parts, changes: changesBetween(before, settings) };
  }

  /** Takes what was offered. @throws Error that names the parts that could not be taken; the others are. */
  async take({ settings, parts, changes }: Offered): Promise<void> {
    this.#note(`Settings were imported from a file: ${changes.length} changed.`, changes);
    await this.#apply(settings, parts);
  }

  /** Puts a part back to its defaults. */
  async reset(part: SettingsPart): Promise<void> {
    const before = this.#o.settings().get();
    const after = this.#allowed(before, { ...before, [part]: defaultSettings()[part] });
    this.#note(`${partWords[part]}: put back to the defaults.`, changesBetween(before, after));
    await this.#apply(after, [part]);
  }

  #allowed(before: Settings, wanted: Settings): Settings {
    return settingsWithKept(wanted, before, this.#o.managed);
  }

  async #apply(wanted: Settings, parts: readonly SettingsPart[]): Promise<void> {
    const failed: string[] = [];
    for (const part of parts) {
      try {
        await this.#set(part, wanted);
      } catch (error) {
        failed.push(`${partWords[part]}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.#o.changed();
    if (failed.length > 0) throw new Error(failed.join(' '));
  }

  async #set(part: SettingsPart, wanted: Settings): Promise<void> {
    const world = this.#o.world();
    switch (part) {
      case 'preferences':
        return this.#o.preferences.set(wanted.preferences);
      case 'trailers':
        return wanted.trailers === this.#o.settings().get().trailers ? undefined : world.origins.setTrailers(wanted.trailers);
      case 'credentials':
        return world.projects.policies.setLife(wanted.credentials);
      case 'projects': {
        const ids = new Set([...Object.keys(this.#o.settings().get().projects), ...Object.keys(wanted.projects)]);
        for (const id of ids) world.projects.policies.set(id, wanted.projects[id] ?? defaultProjectPolicy);
        return;
      }
      case 'notifications':
        return world.notices.choose(wanted.notifications);
      case 'channels':
        for (const name of remoteChannel.options) this.#setChannel(name, wanted.channels[name]);
        return;
      case 'remoteAccess': {
        const { bind, enabled, hosts, paused, rotation, tls } = wanted.remoteAccess;
        // Closed first: what is shared may become less by what follows, and nobody is in meanwhile.
        if (!enabled) world.remote.turn(false);
        world.remote.choose({ bind, hosts, tls });
        world.remote.schedule(rotation);
        if (enabled) world.remote.turn(true);
        world.remote.pause(paused);
        return;
      }
      case 'keepIn':
        return world.raviAccount.keepIn(wanted.keepIn);
      default:
        return part satisfies never;
    }
  }

  /** A recipient that is new is asked for its code like any other. */
  #setChannel(name: RemoteChannel, { recipients, ...choice }: ChannelSettings): void {
    const { channels } = this.#o.world();
    const held = this.#o
      .settings()
      .get()
      .channels[name].recipients.map(({ address }) => address);
    const wished = recipients.map(({ address }) => address);
    channels.choose(name, choice);
    for (const address of held) if (!wished.includes(address)) channels.remove(name, address);
    for (const address of wished) if (!held.includes(address)) channels.add(name, address);
  }

  #note(message: string, changes: readonly SettingChange[]): void {
    // Names only: an address of a person is nobody else's business.
    const facts = Object.fromEntries(
      changes.slice(0, 50).map(({ part, name, to }) => [`${partWords[part]}: ${name}`, part === 'channels' ? 'changed' : to]),
    );
    const entry: AuditInput = { kind: 'policy.changed', actor: 'person', outcome: 'ok', message, facts };
    this.#o.world().audit.append(entry);
  }
}
