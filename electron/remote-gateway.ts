import { networkInterfaces } from 'node:os';
import type { AuditInput } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import type { AroundGateway } from './remote.ts';
import { computerName, namesOf } from './remote-access/binding.ts';
import { type CertificateSource, FileCertificate } from './remote-access/certificate.ts';
import { ConnectionAudit } from './remote-access/connection-audit.ts';
import { Gateway } from './remote-access/gateway.ts';
import { admit } from './remote-access/grant.ts';
import type { GrantEnd } from './remote-access/grants.ts';
import { InstancePolicy } from './remote-access/instance-policy.ts';
import { type Replaced, SelfSignedCertificate } from './remote-access/self-signed.ts';
import type { JeanAddress } from './remote-access/upstream.ts';
import { type SentAway, WebSocketSide } from './remote-access/web-socket.ts';
import type { ListenWish, OpenGateway } from './remote-listeners.ts';
import type { SecretBox } from './storage/secret-box.ts';

export interface GatewayParts {
  readonly box: SecretBox;
  /** Who knocks may be anybody, as often as they like: this is not to wait for the disk. A crash of ours loses none of it. */
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
  /** Where the Jean is, and with which token it lets us in. */
  readonly jean: (instanceId: string) => JeanAddress;
  /** All tokens of that Jean that are known: nobody may see them. The same list as long as nothing changed. */
  readonly tokens: (instanceId: string) => readonly Secret[];
}

const sentAway: Readonly<Record<GrantEnd, SentAway>> = {
  revoked: 'revoked',
  suspended: 'suspended',
  expired: 'expired',
  rotated: 'changed',
};

/** Puts one Jean's gateway together and opens it: its door, its HTTP and its WebSocket side. @throws with a sentence when it can't listen */
export async function openGateway(parts: GatewayParts, wish: ListenWish, around: AroundGateway): Promise<OpenGateway> {
  const { audit, log, now } = parts;
  const { instanceId } = wish;
  const { grants, onChange, onNewAddress } = around;
  const tokens = (): readonly Secret[] => parts.tokens(instanceId);
  const jean = (): JeanAddress => parts.jean(instanceId);
  const policy = new InstancePolicy(tokens);
  const certificate = await certificateOf(parts, wish);
  const sockets = new WebSocketSide({
    instanceId,
    jean,
    policy,
    witness: new ConnectionAudit(audit),
    stillAdmitted: ({ grant, address }) => {
      const known = grants.get(grant.id);
      return known !== null && admit(known, { now: now(), address, instanceId }).ok;
    },
    onChange,
    now,
  });
  const gateway = new Gateway({ instanceId, grants, jean, policy, tokens, sockets, audit, now, onChange, onNewAddress });
  const unlisten = grants.onChange((grantId, what, why) => {
    if (what === 'ended') sockets.closeGrant(grantId, sentAway[why ?? 'revoked']);
  });
  const stop = async (): Promise<void> => {
    unlisten();
    sockets.stop();
    await gateway.stop();
  };
  const pause = (paused: boolean): void => {
    if (!paused) return gateway.resume();
    gateway.pause();
    sockets.closeAll('paused');
  };
  try {
    const { bind, port, hosts } = wish;
    if (around.paused) gateway.pause();
    await gateway.start({ bind, port, hosts, certificate });
  } catch (error) {
    await stop().catch((failed: unknown) => log(`A gateway that did not start did not stop either: ${String(failed)}`));
    throw error;
  }
  return {
    listening: () => gateway.listening(),
    connections: () => peopleOf(sockets.connections(), gateway.connections()),
    pause,
    disconnect: (connectionId) => {
      const asked = gateway.connections().find(({ id }) => id === connectionId);
      if (asked) gateway.closeGrant(asked.grantId);
      return sockets.closeConnection(connectionId, 'disconnected') || asked !== undefined;
    },
    stop,
  };
}

type Rows = ReturnType<WebSocketSide['connections']>;

/** Somebody's page asks over HTTP beside its WebSocket; that is one connection to a person, not two. */
function peopleOf(sockets: Rows, visits: Rows): Rows {
  const whereFrom = ({ grantId, address, userAgent }: Rows[number]): string => `${grantId} ${address} ${userAgent ?? ''}`;
  const connected = new Set(sockets.map(whereFrom));
  return [...sockets, ...visits.filter((visit) => !connected.has(whereFrom(visit)))];
}

/** The gateway looks at it from then on: files that were renewed, and one of its own that is about to expire or lacks a name. */
async function certificateOf({ box, audit, now }: GatewayParts, wish: ListenWish): Promise<CertificateSource | null> {
  const { bind, hosts, tls, instanceId } = wish;
  switch (tls.kind) {
    case 'none':
      return null;
    case 'files':
      return await FileCertificate.open(tls, now);
    case 'self-signed':
      return await SelfSignedCertificate.open({
        secrets: box,
        now,
        names: () => [...namesOf(bind, networkInterfaces(), hosts), computerName()],
        onReplaced: (replaced) => audit(replacedEntry(instanceId, replaced)),
      });
    default:
      return tls satisfies never;
  }
}

/** Whoever trusted the one before is asked again by their browser, and compares it with this. */
const replacedEntry = (instance: string, { before, now, why }: Replaced): AuditInput => ({
  kind: 'remote.listening',
  actor: 'companion',
  outcome: 'ok',
  message: `The gateway has a new certificate, because the one before ${why === 'expiry' ? 'was about to expire' : 'was not for all its addresses'}. Browsers ask again whether to trust it.`,
  facts: { instance, certificate: now, before },
});
