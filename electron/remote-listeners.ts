import { isDeepStrictEqual } from 'node:util';
import type { InstanceView } from '../shared/model.ts';
import type { BindChoice, ConnectionView, JeanTokenView, JeanWarning, ListenerView } from '../shared/remote-access.ts';
import { defaultSharedInstance, type RemoteSettings, type TlsChoice, tlsOf } from '../shared/remote-settings.ts';
import { awayBehind, leadsNowhere } from './remote-words.ts';

/** How a gateway is to listen. */
export interface ListenWish {
  readonly instanceId: string;
  readonly bind: BindChoice;
  /** 0: a free one. */
  readonly port: number;
  readonly tls: TlsChoice;
  /** Names under which it may be asked, beside its addresses. */
  readonly hosts: readonly string[];
}

/** Where a gateway listens. */
interface Listening {
  readonly port: number;
  /** To give to others, without a slash at its end. */
  readonly url: string;
  /** What keeps others from coming; null when all is well. */
  readonly lack: string | null;
  readonly tls: { readonly fingerprint: string; readonly validUntil: number; readonly trouble: string | null } | null;
}

/** One Jean's gateway while it listens. */
export interface OpenGateway {
  listening(): Listening | null;
  connections(): readonly ConnectionView[];
  /** Sends everybody away and lets nobody in, or lets them in again. */
  pause(paused: boolean): void;
  /** False when it is none of its connections. */
  disconnect(connectionId: string): boolean;
  stop(): Promise<void>;
}

export interface ListenersOptions {
  /** @throws with a sentence when it can't listen */
  readonly open: (wish: ListenWish) => Promise<OpenGateway>;
  readonly settings: () => RemoteSettings;
  readonly instances: () => readonly InstanceView[];
  /** Whether it is known where a Jean answers. */
  readonly reachable: (instanceId: string) => boolean;
  /** The port that was found free is kept, so that links stay good. */
  readonly keepPort: (instanceId: string, port: number) => void;
  readonly jeanToken: (instanceId: string) => JeanTokenView | null;
  readonly warnings: (instanceId: string) => readonly JeanWarning[];
  /** @throws when that can't be written down; then it does not listen. */
  readonly onListening: (instanceId: string, address: string) => void;
  readonly onStopped: (instanceId: string) => void;
  readonly onChange: () => void;
  readonly log: (message: string) => void;
}

interface Running {
  readonly wish: ListenWish;
  readonly gateway: OpenGateway;
}

/** The gateways that are wanted, open; each is opened anew when how it is to listen has changed, and the others notice nothing. */
export class Listeners {
  readonly #o: ListenersOptions;
  readonly #running = new Map<string, Running>();
  readonly #failed = new Map<string, { readonly wish: ListenWish; readonly why: string }>();
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ListenersOptions) {
    this.#o = options;
  }

  /** Opens and closes until it is as it is wanted now. */
  settle(): Promise<void> {
    // One that broke off does not keep the next from closing what is to be closed.
    const turn = this.#turn.then(() => this.#settle());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** The person asks for it: what could not listen tries again. */
  retry(): Promise<void> {
    this.#failed.clear();
    return this.settle();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.settle();
  }

  connections(): readonly ConnectionView[] {
    return [...this.#running.values()].flatMap(({ gateway }) => gateway.connections());
  }

  pause(paused: boolean): void {
    for (const { gateway } of this.#running.values()) gateway.pause(paused);
  }

  disconnect(connectionId: string): boolean {
    return [...this.#running.values()].some(({ gateway }) => gateway.disconnect(connectionId));
  }

  /** Where a Jean is reached from outside; null while it does not listen. */
  addressOf(instanceId: string): string | null {
    return this.#running.get(instanceId)?.gateway.listening()?.url ?? null;
  }

  views(): readonly ListenerView[] {
    return this.#o.instances().map((instance) => this.#view(instance));
  }

  #view(instance: InstanceView): ListenerView {
    const { id: instanceId, name } = instance;
    const settings = this.#o.settings();
    const { shared, port } = settings.instances[instanceId] ?? defaultSharedInstance;
    const running = this.#running.get(instanceId);
    const failed = this.#failed.get(instanceId);
    const listening = running?.gateway.listening() ?? null;
    const tls = listening?.tls ?? null;
    const wanted = settings.enabled && shared;
    const state = (): ListenerView['state'] => {
      if (listening !== null) return settings.paused ? 'paused' : 'listening';
      if (!wanted) return 'off';
      if (failed !== undefined) return 'failed';
      return this.#o.reachable(instanceId) ? 'starting' : 'off';
    };
    const trouble = (): string | null => {
      if (!wanted) return null;
      if (failed !== undefined) return failed.why;
      if (!this.#o.reachable(instanceId)) return leadsNowhere(instance);
      return listening?.lack ?? listening?.tls?.trouble ?? (listening && awayBehind(instance));
    };
    return {
      instanceId,
      name,
      shared,
      state: state(),
      address: this.addressOf(instanceId),
      bind: settings.bind satisfies BindChoice,
      port: listening?.port ?? port ?? 0,
      tls: tls && { kind: tlsOf(settings).kind === 'files' ? 'own-files' : 'self-signed', ...tls },
      trouble: trouble(),
      warnings: [...this.#o.warnings(instanceId)],
      jeanToken: this.#o.jeanToken(instanceId),
    };
  }

  #wishes(): ReadonlyMap<string, ListenWish> {
    const settings = this.#o.settings();
    if (this.#stopped || !settings.enabled) return new Map();
    const wanted = this.#o
      .instances()
      .filter(({ id }) => (settings.instances[id]?.shared ?? true) && this.#o.reachable(id))
      .map(({ id }): [string, ListenWish] => {
        const port = settings.instances[id]?.port ?? 0;
        return [id, { instanceId: id, bind: settings.bind, port, tls: tlsOf(settings), hosts: [...settings.hosts] }];
      });
    return new Map(wanted);
  }

  async #settle(): Promise<void> {
    const wishes = this.#wishes();
    for (const [id, { wish, gateway }] of [...this.#running]) {
      const wanted = wishes.get(id);
      // A port that was found free becomes a wish of its own.
      const port = gateway.listening()?.port ?? wish.port;
      if (wanted && isDeepStrictEqual({ ...wanted, port: wanted.port || port }, { ...wish, port })) continue;
      this.#running.delete(id);
      await gateway.stop();
      if (wanted === undefined) this.#tellStopped(id);
    }
    for (const [id, { wish }] of [...this.#failed]) if (!isDeepStrictEqual(wishes.get(id), wish)) this.#failed.delete(id);
    for (const [id, wish] of wishes) {
      if (this.#running.has(id) || this.#failed.has(id)) continue;
      this.#o.onChange();
      let gateway: OpenGateway | null = null;
      try {
        gateway = await this.#o.open(wish);
        this.#running.set(id, { wish, gateway });
        const port = gateway.listening()?.port ?? 0;
        if (wish.port === 0 && port > 0) this.#o.keepPort(id, port);
        this.#o.onListening(id, this.addressOf(id) ?? '');
      } catch (error) {
        this.#running.delete(id);
        this.#failed.set(id, { wish, why: sentenceOf(error) });
        await gateway?.stop();
      }
    }
    this.#o.onChange();
  }

  /** That it can't be written down keeps no other from being closed. */
  #tellStopped(id: string): void {
    try {
      this.#o.onStopped(id);
    } catch (error) {
      this.#o.log(`That remote access to ${id} does not listen any more could not be written down: ${sentenceOf(error)}`);
    }
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
