import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { AppState, InstanceColour, StateChange } from '../shared/model.ts';
import type { AuditInput } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import { type Access, readAccessUrl } from './jean/access-url.ts';
import { type SeenCertificate, seeCertificate } from './jean/certificate.ts';
import { type JeanFound, readJean, watchJean } from './jean/discover.ts';
import { JeanError } from './jean/error.ts';
import { identifyJean } from './jean/init.ts';
import { troubleWords } from './jean/words.ts';
import type { Boards } from './sessions/boards.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { JeanSetting, SettingsFile } from './storage/settings.ts';
import type { WatchedJean, Watching } from './watching.ts';

export interface JeansOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** Jean's usual data folders on this machine, see `dataFolders`. */
  readonly jeanFolders: readonly string[];
  readonly watching: Watching;
  readonly boards: Boards;
  readonly fetch: typeof fetch;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
  /** Gives its worktrees back to the person: their credentials end. */
  readonly release: (worktreeIds: readonly string[]) => Promise<void>;
  /** What is watched has changed. */
  readonly changed: () => void;
}

/** A Jean that is, or could be, watched. */
interface Known {
  readonly setting: JeanSetting;
  /** What it is called as long as the person gives it no name. */
  readonly called: string;
  /** Null: it is reached by its address. */
  readonly folder: string | null;
}

/** A certificate that nobody vouches for, of this host. */
export interface QuestionedCertificate extends SeenCertificate {
  readonly host: string;
  readonly problem: string;
}

const unchanged: Omit<JeanSetting, 'id'> = { name: null, colour: 'none', watched: true, at: { kind: 'usual' } };

/** A usual folder's id and name, by what kind of Jean keeps its data there (contract jean §6). */
function usualOf(folder: string): { readonly id: string; readonly called: string } {
  switch (basename(folder)) {
    case 'com.jean.desktop':
      return { id: 'local', called: 'Jean, this computer' };
    case 'com.jean.desktop.dev':
      return { id: 'local-dev', called: 'Jean, debug build' };
    default:
      return { id: 'local-own', called: 'Jean, JEAN_DATA_DIR' };
  }
}

/** The Jean whose data folder the person has chosen. */
export const chosenId = 'local';

const tokenEntry = (id: string): string => `jean:token:${id}`;

/** The Jeans of this person: the usual ones on this computer, and what was added, named, moved or put aside. */
export class Jeans {
  readonly #o: JeansOptions;
  readonly #stopped = new AbortController();
  /** Which of the usual folders have a Jean; empty until they were looked at. */
  readonly #present = new Map<string, boolean>();

  constructor(options: JeansOptions) {
    this.#o = options;
  }

  /** Watches what there is from now on, and usual ones as soon as they appear. */
  start(): void {
    this.#watch();
    for (const { setting, folder } of this.#usual()) if (folder !== null) void this.#look(setting.id, folder);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Data folders of the Jeans on this machine, the likeliest first. */
  folders(): readonly string[] {
    return this.#known().flatMap(({ folder }) => folder ?? []);
  }

  /**
   * Adds the Jean whose access address was copied, or gives one that is known its new token. `trusts`: asks the person whether a certificate
   * that nobody vouches for is the right one. @throws with a sentence for the person
   */
  async add(
    copied: Secret,
    trusts: (certificate: QuestionedCertificate) => Promise<boolean>,
  ): Promise<{ readonly name: string; readonly renewed: boolean }> {
    const access = readAccessUrl(copied);
    const certificate = await this.#certificateOf(access.url, trusts);
    const { projects } = await this.#identify(access, certificate);
    const known = this.#known().find(({ setting: { at } }) => at.kind === 'address' && at.url === access.url);
    const same = this.#sameAs(projects) ?? (await this.#withToken(access.token));
    if (same !== null && same.setting.id !== known?.setting.id)
      throw new Error(`That is “${nameOf(same)}”, which is watched already.`);
    const id = known?.setting.id ?? randomUUID();
    if (access.token) await this.#o.box.put(tokenEntry(id), access.token);
    else await this.#o.box.delete(tokenEntry(id));
    const at = { kind: 'address', url: access.url, ...(certificate && { certificate }) } as const;
    if (known) {
      this.#change(id, { ...known.setting, at });
      this.#o.watching.remove(id);
      this.#watch();
      this.#note('jean.added', `The token of ${nameOf(known)} was replaced.`);
      return { name: nameOf(known), renewed: true };
    }
    this.#keep([...this.#o.settings.get().jeans, { ...unchanged, id, at }]);
    this.#watch();
    this.#note('jean.added', `Jean at ${access.url} is watched from now on.`);
    return { name: new URL(access.url).host, renewed: false };
  }

  /** The folder that was chosen before for the Jean on this computer, and is watched. */
  get chosenFolder(): string | null {
    const chosen = this.#known().find(({ setting }) => setting.id === chosenId && setting.watched);
    return chosen?.folder ?? null;
  }

  /** The Jean on this computer keeps its data in this folder. */
  keepAt(folder: string): void {
    const before = this.#known().find(({ setting }) => setting.id === chosenId)?.setting;
    this.#change(chosenId, { ...unchanged, ...before, watched: true, at: { kind: 'folder', folder } });
    this.#o.watching.remove(chosenId);
    this.#watch();
    this.#note('jean.added', `Jean's data folder is ${folder} from now on.`);
  }

  /** Gives it a name and a colour; without a name it is called as before. */
  describe(id: string, as: { readonly name: string | null; readonly colour: InstanceColour }): void {
    const known = this.#known().find(({ setting }) => setting.id === id);
    if (known === undefined) throw new Error('This Jean is not watched any more.');
    this.#change(id, { ...known.setting, ...as });
    this.#o.publish(this.#o.boards.describe(id, { name: as.name ?? known.called, colour: as.colour }).changes);
  }

  /** Watches it no more: its credentials end, its worktrees get their own git back, its token is forgotten. */
  async remove(id: string): Promise<void> {
    const known = this.#known().find(({ setting }) => setting.id === id);
    if (known === undefined) return;
    const mine = Object.values(this.#o.boards.here().worktrees).filter(({ instanceId }) => instanceId === id);
    await this.#o.release(mine.map((worktree) => worktree.id));
    const { jeans } = this.#o.settings.get();
    const others = jeans.filter((one) => one.id !== id);
    if (known.setting.at.kind === 'address') {
      this.#keep(others);
      await this.#o.box.delete(tokenEntry(id));
    } else this.#keep([...others, { ...known.setting, watched: false }]);
    this.#watch();
    this.#note('jean.removed', `${nameOf(known)} is not watched any more.`);
  }

  /** Whether the person wants it watched; a usual one also while it is not installed. */
  watches(id: string): boolean {
    return this.#known().some(({ setting }) => setting.id === id && setting.watched);
  }

  /** Its token is another one from its next start on. One whose data folder is here tells that itself. */
  async adopt(id: string, token: Secret): Promise<void> {
    const known = this.#known().find(({ setting }) => setting.id === id);
    if (known?.setting.at.kind === 'address') await this.#o.box.put(tokenEntry(id), token);
  }

  /** Watches the usual ones again that were put aside. */
  restore(): void {
    this.#keep(this.#o.settings.get().jeans.map((one) => ({ ...one, watched: true })));
    this.#watch();
    this.#note('jean.added', 'The Jean on this computer is watched again.');
  }

  #watch(): void {
    this.#o.watching.set(this.#wanted().map((known) => this.#watched(known)));
    this.#o.changed();
  }

  #watched(known: Known): WatchedJean {
    const { setting, folder } = known;
    const { at, id, colour } = setting;
    const place = at.kind === 'address' ? 'elsewhere' : 'here';
    const find =
      at.kind === 'address'
        ? () => this.#findAt(id, at)
        : (signal: AbortSignal) => watchJean(folder === null ? [] : [folder], signal);
    return { id, name: nameOf(known), colour, place, find };
  }

  /** Of the usual ones those that are there; the first of them when none is, so that the person sees that it is looked for. */
  #wanted(): readonly Known[] {
    const watched = this.#known().filter(({ setting }) => setting.watched);
    const usual = watched.filter(({ setting }) => setting.at.kind === 'usual');
    const there = usual.filter(({ setting }) => this.#present.get(setting.id) === true);
    const others = watched.filter(({ setting }) => setting.at.kind !== 'usual');
    const local = there.length > 0 || others.some(({ folder }) => folder !== null) ? there : usual.slice(0, 1);
    return [...local, ...others];
  }

  #known(): readonly Known[] {
    const { jeans } = this.#o.settings.get();
    const added = jeans.flatMap((setting): Known[] => {
      switch (setting.at.kind) {
        case 'usual':
          return [];
        case 'folder':
          return [{ setting, called: 'Jean, this computer', folder: setting.at.folder }];
        case 'address':
          return [{ setting, called: new URL(setting.at.url).host, folder: null }];
        default:
          return setting.at satisfies never;
      }
    });
    return [...this.#usual(), ...added];
  }

  #usual(): readonly Known[] {
    const { jeans } = this.#o.settings.get();
    const moved = new Set(jeans.flatMap(({ id, at }) => (at.kind === 'usual' ? [] : [id])));
    const folders = new Map(this.#o.jeanFolders.map((folder) => [usualOf(folder).id, folder]));
    return [...folders].flatMap(([id, folder]): Known[] => {
      const setting = jeans.find((one) => one.id === id) ?? { ...unchanged, id };
      return moved.has(id) ? [] : [{ setting, called: usualOf(folder).called, folder }];
    });
  }

  async #look(id: string, folder: string): Promise<void> {
    try {
      for await (const { kind } of watchJean([folder], this.#stopped.signal)) {
        const there = kind !== 'absent';
        if (this.#present.get(id) === there) continue;
        // One that was there and is away for a moment (its folder is moved, a disk is unplugged) is not forgotten for that.
        if (this.#present.get(id) === true) continue;
        this.#present.set(id, there);
        if (there) this.#watch();
      }
    } catch (error) {
      this.#o.log(`Looking for Jean in ${folder} failed: ${JeanError.from(error).message}`);
    }
  }

  async *#findAt(
    id: string,
    { url, certificate }: Extract<JeanSetting['at'], { kind: 'address' }>,
  ): AsyncGenerator<JeanFound, void, undefined> {
    try {
      const token = await this.#o.box.get(tokenEntry(id));
      yield { kind: 'found', endpoint: { url, token, folder: null, certificate } };
    } catch {
      yield {
        kind: 'unreadable',
        message:
          'Its token is kept here and can’t be decrypted now. Unlock the system’s keyring, or copy its access address again.',
      };
    }
  }

  /** Which certificate alone is taken for the server's; undefined where the usual check is content with the one that it has. */
  async #certificateOf(
    url: string,
    trusts: (certificate: QuestionedCertificate) => Promise<boolean>,
  ): Promise<string | undefined> {
    if (!url.startsWith('https:')) return undefined;
    const { fingerprint, problem } = await seeCertificate(url, this.#stopped.signal).catch((error: unknown) => {
      throw new Error(troubleWords(JeanError.from(error), { url, folder: null }));
    });
    if (problem === null) return undefined;
    const { host } = new URL(url);
    if (await trusts({ host, fingerprint, problem })) return fingerprint;
    throw new Error(`Jean at ${host} was not added: ${problem}. Nothing was sent to it.`);
  }

  async #identify({ url, token }: Access, certificate: string | undefined): Promise<{ readonly projects: readonly string[] }> {
    const endpoint = { url, token, folder: null, certificate };
    try {
      return await identifyJean(endpoint, this.#o.fetch, this.#stopped.signal);
    } catch (error) {
      const trouble = JeanError.from(error);
      if (trouble.kind === 'unauthorized')
        throw new Error(
          token === null
            ? `Jean at ${url} wants a token, and the address that was copied has none. Copy the whole access address.`
            : `Jean at ${url} refused the token. Copy its access address as it is now.`,
        );
      throw new Error(troubleWords(trouble, endpoint));
    }
  }

  /** Jean's project ids are random: who has one of them is the same Jean. */
  #sameAs(projects: readonly string[]): Known | null {
    const rows = this.#o.boards.state().projects;
    const instanceId = projects.flatMap((id) => rows[id]?.instanceId ?? [])[0];
    return this.#known().find(({ setting }) => setting.id === instanceId) ?? null;
  }

  /** A token is random too; it tells a Jean that has no project yet. */
  async #withToken(token: Secret | null): Promise<Known | null> {
    if (token === null) return null;
    for (const known of this.#wanted()) {
      const found = known.folder === null ? null : await readJean(known.folder);
      const kept = found
        ? found.kind === 'found' && found.endpoint.token
        : await this.#o.box.get(tokenEntry(known.setting.id)).catch(() => null);
      if (kept && kept.reveal() === token.reveal()) return known;
    }
    return null;
  }

  #change(id: string, setting: Omit<JeanSetting, 'id'>): void {
    this.#keep([...this.#o.settings.get().jeans.filter((one) => one.id !== id), { ...setting, id }]);
  }

  #keep(jeans: readonly JeanSetting[]): void {
    this.#o.settings.update({ jeans });
  }

  #note(kind: AuditInput['kind'], message: string): void {
    this.#o.audit({ kind, actor: 'person', outcome: 'ok', message });
  }
}

const nameOf = ({ setting, called }: Known): string => setting.name ?? called;

/** "Jean 0.1.72"; where there are several, its name too. */
export function jeanWords({ instances }: Pick<AppState, 'instances'>, instanceId: string, version: string | null): string {
  const several = Object.keys(instances).length > 1 ? ` (${instances[instanceId]?.name ?? instanceId})` : '';
  return `Jean${version ? ` ${version}` : ''}${several}`;
}
