import { networkInterfaces } from 'node:os';
import { addressesOf, lackOf, namesOf, sharedName } from './binding.ts';
import type { CertificateSource } from './certificate.ts';
import { OpenConnections } from './connections.ts';
import { Door } from './door.ts';
import type { GatewayOptions, Listening, Place } from './gateway-options.ts';
import { OwnHosts } from './http-checks.ts';
import { JeanWay } from './jean-way.ts';
import type { Limits } from './limits.ts';
import { type Incoming, Listeners } from './listeners.ts';
import { Forwarder } from './proxy.ts';

/** A gateway while it listens: what it is made of for one choice of place and certificate. */
export class Running {
  readonly door: Door;
  readonly proxy: Forwarder;
  readonly connections: OpenConnections;
  readonly tls: boolean;
  hosts: OwnHosts;
  readonly #listeners: Listeners;
  readonly #certificate: CertificateSource | null;
  readonly #unlisten: () => void;

  constructor(
    private readonly options: GatewayOptions,
    limits: Limits,
    private readonly place: Place,
    paused: () => boolean,
    incoming: Incoming,
  ) {
    this.tls = place.certificate !== null;
    this.#certificate = place.certificate;
    this.door = new Door(options.grants, options.instanceId, this.tls, options.now, paused);
    this.connections = new OpenConnections(limits);
    this.proxy = new Forwarder(new JeanWay(options.jean), options.policy, options.tokens, limits, this.tls, options.monotonic);
    this.#listeners = new Listeners(incoming, limits, this.connections, place.certificate?.current() ?? null);
    this.hosts = this.#ownHosts();
    this.#unlisten =
      place.certificate?.onChange((served) => {
        this.#listeners.serve(served);
        options.onChange?.();
      }) ?? (() => {});
  }

  /** Listens on the addresses that this computer has now. Says whether they are others than before. @throws a sentence */
  async listen(): Promise<boolean> {
    const before = this.#listeners.addresses.join();
    await this.#listeners.listenOn(addressesOf(this.place.bind, this.#interfaces()), this.place.port);
    this.hosts = this.#ownHosts();
    return this.#listeners.addresses.join() !== before;
  }

  /** Looks whether the certificate has to be another one, and whether anything is the matter with it now. Says whether that has changed. */
  async lookAtCertificate(): Promise<boolean> {
    const before = this.#certificate?.trouble;
    await this.#certificate?.look();
    return this.#certificate?.trouble !== before;
  }

  listening(): Listening {
    const { bind, hosts } = this.place;
    const { port, addresses } = this.#listeners;
    const certificate = this.#certificate?.current() ?? null;
    return {
      port,
      addresses,
      url: `${this.tls ? 'https' : 'http'}://${sharedName(bind, this.#interfaces(), hosts)}:${port}`,
      lack: lackOf(bind, this.#interfaces()),
      tls:
        certificate === null
          ? null
          : {
              fingerprint: certificate.fingerprint,
              validUntil: certificate.validUntil,
              trouble: this.#certificate?.trouble ?? null,
            },
    };
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.proxy.stop();
    await this.#listeners.stop();
  }

  #interfaces() {
    return (this.options.interfaces ?? networkInterfaces)();
  }

  #ownHosts(): OwnHosts {
    return new OwnHosts(namesOf(this.place.bind, this.#interfaces(), this.place.hosts), this.tls);
  }
}
