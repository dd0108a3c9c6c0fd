import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type AuditInput, AuditLog } from '../../../electron/audit/log.ts';
import { auditMigrations } from '../../../electron/audit/schema.ts';
import { redact } from '../../../electron/base/redact.ts';
import { Secret } from '../../../electron/base/secret.ts';
import { ConnectionAudit } from '../../../electron/remote-access/connection-audit.ts';
import { Gateway } from '../../../electron/remote-access/gateway.ts';
import { Grants } from '../../../electron/remote-access/grants.ts';
import { InstancePolicy } from '../../../electron/remote-access/instance-policy.ts';
import { GrantRecords, grantMigrations } from '../../../electron/remote-access/records.ts';
import { WebSocketSide } from '../../../electron/remote-access/web-socket.ts';
import { openDatabase } from '../../../electron/storage/database.ts';
import { grantWish } from '../../../shared/remote-access.ts';
import { serve } from './part.ts';
import type { Target } from './wire.ts';

/** The gateway with all that is behind it, on a disk and with its audit log as in the app, in a process of its own: it alone is measured. */
const instanceId = 'bench';
const megabyte = 1024 * 1024;

const acts = {
  /** Begins to listen before that Jean, with a grant for each viewer. */
  async start(jean: Target, viewers: number, folder: string): Promise<{ port: number; tokens: string[] }> {
    const opened = openDatabase(join(folder, 'companion.db'), [...auditMigrations, ...grantMigrations], Date.now);
    if (!opened.ok) throw new Error(opened.message);
    const log = new AuditLog({ db: opened.db, now: Date.now, redact });
    const audit = (entry: AuditInput): void => void log.append(entry);
    const door = (entry: AuditInput): void => void log.append(entry, 'soon');
    const steady = (): number => performance.now();
    const records = new GrantRecords(opened.db);
    const grants = new Grants({ records, now: Date.now, steady, random: randomBytes, audit, log: console.error });
    grants.start();
    const jeanToken = Secret.of(jean.token);
    const tokens = [jeanToken];
    const address = { url: `http://127.0.0.1:${jean.port}`, token: jeanToken };
    const policy = new InstancePolicy(() => tokens);
    const shared = { instanceId, jean: () => address, policy, now: Date.now, onChange: () => undefined };
    const sockets = new WebSocketSide({ ...shared, witness: new ConnectionAudit(door) });
    const gateway = new Gateway({ ...shared, grants, tokens: () => tokens, sockets, audit: door });
    const { port } = await gateway.start({ bind: 'loopback', port: 0, hosts: [], certificate: null });
    const made = Array.from({ length: viewers }, (_, n) =>
      grants.create(grantWish.parse({ person: `Viewer ${n + 1}`, role: 'viewer', instanceIds: [instanceId] })),
    );
    return { port, tokens: made.map(({ token }) => token.reveal()) };
  },

  /** MB that it has now, with all that is yet to be collected. */
  memory: (): number => process.memoryUsage.rss() / megabyte,

  /** What it has taken until now: CPU in s; memory in MB, as it is after a collection. */
  cost(): { cpu: number; heap: number; buffers: number } {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1e6, heap: heapUsed / megabyte, buffers: arrayBuffers / megabyte };
  },
};
export type GateActs = typeof acts;
serve(acts);
