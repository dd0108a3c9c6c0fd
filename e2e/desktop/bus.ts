import { DBusError, Message, type MessageBus, MessageType, sessionBus, Variant } from 'dbus-next';

/** Where a D-Bus call goes. */
export interface Target {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
}

/** A typed D-Bus answer: its signature, and one value for each type in it. */
export interface Answer {
  readonly signature: string;
  readonly body: readonly unknown[];
}

/** What an object of ours can do; properties are read anew for each question and given as variants. */
export interface Service {
  readonly methods: Readonly<Record<string, (body: readonly unknown[], sender: string) => Answer | undefined>>;
  readonly properties?: Readonly<Record<string, () => Variant>>;
}

/** Which signals are listened to; what is left out matches everything. */
export interface SignalFilter {
  readonly sender?: string;
  readonly path?: string;
  readonly interface: string;
  readonly member?: string;
}

const propertiesInterface = 'org.freedesktop.DBus.Properties';

/**
 * A connection to the session bus that speaks in plain messages. Electron's tray item answers no introspection, on which the proxies
 * of D-Bus libraries depend.
 */
export class SessionBus {
  readonly #bus: MessageBus;
  readonly name: string;

  private constructor(bus: MessageBus, name: string) {
    this.#bus = bus;
    this.name = name;
  }

  /** Connects to the bus at that address, by default the one in DBUS_SESSION_BUS_ADDRESS (build/with-desktop.mjs sets it). */
  static async connect(address = process.env.DBUS_SESSION_BUS_ADDRESS): Promise<SessionBus> {
    if (!address) throw new Error('There is no session bus: run this by node build/with-desktop.mjs.');
    const bus = sessionBus({ busAddress: address });
    await new Promise<void>((resolve, reject) => {
      bus.on('connect', resolve);
      bus.on('error', reject);
    });
    return new SessionBus(bus, (bus as MessageBus & { readonly name: string }).name);
  }

  /** Calls a method and resolves with the values of its answer; rejects with the other side's error, or after the limit in ms. */
  async call(
    to: Target,
    member: string,
    signature = '',
    body: readonly unknown[] = [],
    limitMs = 5_000,
  ): Promise<readonly unknown[]> {
    const message = new Message({ ...to, member, signature, body: [...body] });
    const where = `${to.destination}${to.path} ${to.interface}.${member}`;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No answer from ${where} within ${limitMs} ms.`)), limitMs);
    });
    try {
      const reply = await Promise.race([this.#bus.call(message), limit]);
      return reply?.body ?? [];
    } catch (error) {
      throw error instanceof DBusError ? new Error(`${where}: ${error.type}: ${error.text}`, { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads a property of another program's object; variants are unwrapped. */
  async property(of: Target, name: string): Promise<unknown> {
    const [value] = await this.call({ ...of, interface: propertiesInterface }, 'Get', 'ss', [of.interface, name]);
    return plain(value);
  }

  /** Answers calls to an object of ours until the returned function is called. */
  serve(path: string, interfaceName: string, service: Service): () => void {
    const handler = (message: Message): boolean => {
      if (message.path !== path) return false;
      const answer = respond(message, interfaceName, service);
      if (answer === undefined) return false;
      this.#bus.send(Message.newMethodReturn(message, answer.signature, [...answer.body]));
      return true;
    };
    this.#bus.addMethodHandler(handler);
    return () => this.#bus.removeMethodHandler(handler);
  }

  /** Sends a signal of an object of ours. */
  emit(path: string, interfaceName: string, member: string, signature: string, body: readonly unknown[]): void {
    this.#bus.send(Message.newSignal(path, interfaceName, member, signature, [...body]));
  }

  /** Calls back for each signal that matches; resolves with what ends it, once the bus will deliver them. */
  async listen(
    filter: SignalFilter,
    callback: (body: readonly unknown[], message: Message) => void,
  ): Promise<() => Promise<void>> {
    const rule = ["type='signal'", ...Object.entries(filter).map(([key, value]) => `${key}='${value}'`)].join(',');
    const handler = (message: Message): void => {
      if (message.type !== MessageType.SIGNAL || message.interface !== filter.interface) return;
      if (filter.sender?.startsWith(':') && message.sender !== filter.sender) return;
      if (filter.path !== undefined && message.path !== filter.path) return;
      if (filter.member !== undefined && message.member !== filter.member) return;
      callback(message.body, message);
    };
    this.#bus.on('message', handler);
    await this.#daemon('AddMatch', 's', [rule]);
    return async () => {
      this.#bus.off('message', handler);
      await this.#daemon('RemoveMatch', 's', [rule]);
    };
  }

  /** Takes a well-known name; rejects when another program has it. */
  async own(name: string): Promise<void> {
    const doNotQueue = 4;
    const primaryOwner = 1;
    const [reply] = await this.#daemon('RequestName', 'su', [name, doNotQueue]);
    if (reply !== primaryOwner) throw new Error(`${name} belongs to another program on this bus.`);
  }

  /** Gives a well-known name back. */
  async release(name: string): Promise<void> {
    await this.#daemon('ReleaseName', 's', [name]);
  }

  /** The process id behind a name on the bus. */
  async processOf(name: string): Promise<number> {
    const [pid] = await this.#daemon('GetConnectionUnixProcessID', 's', [name]);
    return Number(pid);
  }

  /** The unique name (":1.7") behind a name on the bus. */
  async ownerOf(name: string): Promise<string> {
    const [owner] = await this.#daemon('GetNameOwner', 's', [name]);
    return String(owner);
  }

  /** Calls back when a program leaves the bus or gives up a name. */
  onGone(callback: (name: string) => void): Promise<() => Promise<void>> {
    return this.listen(
      { sender: 'org.freedesktop.DBus', interface: 'org.freedesktop.DBus', member: 'NameOwnerChanged' },
      ([name, , owner]) => {
        if (owner === '') callback(String(name));
      },
    );
  }

  /** Ends the connection; names, objects and listeners go with it. */
  close(): void {
    this.#bus.disconnect();
  }

  #daemon(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    const daemon = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
    return this.call(daemon, member, signature, body);
  }
}

function respond(message: Message, interfaceName: string, service: Service): Answer | undefined {
  const properties = service.properties ?? {};
  if (message.interface === propertiesInterface && message.body[0] === interfaceName) {
    if (message.member === 'Get') {
      const value = properties[String(message.body[1])]?.();
      return value && { signature: 'v', body: [value] };
    }
    if (message.member === 'GetAll') {
      const all = Object.fromEntries(Object.entries(properties).map(([name, read]) => [name, read()]));
      return { signature: 'a{sv}', body: [all] };
    }
  }
  if (message.interface !== interfaceName) return undefined;
  const method = service.methods[message.member];
  return method && (method(message.body, message.sender) ?? { signature: '', body: [] });
}

/** A D-Bus value without the variants around its parts. */
export function plain(value: unknown): unknown {
  if (value instanceof Variant) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
  }
  return value;
}

/** Looks every 20 ms until there is something to see; rejects after the limit in ms with what did not happen. */
export async function waitUntil<T>(
  what: string,
  limitMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} within ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
