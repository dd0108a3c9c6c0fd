import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { BindChoice } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import type { Interfaces } from './binding.ts';
import type { CertificateSource } from './certificate.ts';
import type { DoorGrants } from './door.ts';
import type { Admitted } from './grant.ts';
import type { Limits } from './limits.ts';
import type { BodyPolicy } from './proxy.ts';
import type { JeanAddress } from './upstream.ts';

/** What the gateway asks of the grants. */
export interface GatewayGrants extends DoorGrants {
  /** Somebody uses a grant. Says whether it was never used from there before. */
  touch(grantId: string, address: string, deviceId: string | null): { readonly newAddress: boolean };
  onChange(listener: (grantId: string, what: 'created' | 'changed' | 'ended') => void): () => void;
}

/** Takes WebSockets; it hears of ended grants by itself, from who put it together. */
export interface UpgradeSide {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, admitted: Admitted): void;
}

export interface GatewayOptions {
  readonly instanceId: string;
  readonly grants: GatewayGrants;
  readonly jean: () => JeanAddress;
  readonly policy: BodyPolicy;
  /** Jean's own tokens of now, which nobody may see. The same list as long as nothing changed. */
  readonly tokens: () => readonly Secret[];
  readonly sockets: UpgradeSide;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
  /** Monotonic, ms. */
  readonly monotonic?: () => number;
  readonly limits?: Partial<Limits>;
  readonly interfaces?: () => Interfaces;
  /** Who is in, or where it listens, has changed. */
  readonly onChange?: () => void;
  /** A grant was used from an address that it was never used from before. */
  readonly onNewAddress?: (admitted: Admitted) => void;
}

/** Where to listen. */
export interface Place {
  readonly bind: BindChoice;
  /** 0: a free one. */
  readonly port: number;
  /** Names that the person has set. */
  readonly hosts: readonly string[];
  /** Null: without TLS, on loopback alone. */
  readonly certificate: CertificateSource | null;
}

/** Where it listens now. */
export interface Listening {
  readonly port: number;
  readonly addresses: readonly string[];
  /** To give to others, without a slash at its end. */
  readonly url: string;
  /** What keeps others from coming; null when all is well. */
  readonly lack: string | null;
  readonly tls: {
    /** SHA-256 of the certificate, as browsers show it. */
    readonly fingerprint: string;
    /** Epoch ms. */
    readonly validUntil: number;
    /** What is the matter with the certificate, or will be soon. */
    readonly trouble: string | null;
  } | null;
}
