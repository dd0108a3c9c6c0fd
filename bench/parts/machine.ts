import { join } from 'node:path';
import { type AuditInput, AuditLog } from '../../electron/audit/log.ts';
import { auditMigrations } from '../../electron/audit/schema.ts';
import { redact } from '../../electron/base/redact.ts';
import { Broker } from '../../electron/credentials/broker.ts';
import { type Binding, refusalSentence } from '../../electron/credentials/credential.ts';
import { Lifecycle } from '../../electron/credentials/lifecycle.ts';
import { defaultLifePolicy } from '../../electron/credentials/policy.ts';
import { CredentialRecords, credentialMigrations } from '../../electron/credentials/records.ts';
import type { TokenSource } from '../../electron/credentials/token-source.ts';
import type { Vault } from '../../electron/credentials/vault.ts';
import { VaultMark } from '../../electron/credentials/vault-mark.ts';
import { openDatabase } from '../../electron/storage/database.ts';
import { passingCipher } from '../../electron/storage/passing-cipher.ts';
import { openSecretBox, type SecretBox } from '../../electron/storage/secret-box.ts';
import { defaultProjectPolicy } from '../../shared/policy.ts';

/** What the app has on its disk: records, audit log and secret box, each as durable as in the app. */
export interface Disk {
  readonly records: CredentialRecords;
  readonly box: SecretBox;
  readonly audit: (entry: AuditInput) => void;
  close(): void;
}

/** What of the surroundings differs from bench to bench. */
export interface Surroundings {
  readonly source: TokenSource;
  readonly vault: Vault;
  readonly paths: (worktreeId: string) => { readonly socket: string; readonly reason: string };
  readonly install: (binding: Binding) => Promise<void>;
}

/** Opens the app's stores in a folder; only the system's key store is played. */
export async function openDisk(dir: string): Promise<Disk> {
  const opened = openDatabase(join(dir, 'companion.db'), [...auditMigrations, ...credentialMigrations], Date.now);
  if (!opened.ok) throw new Error(opened.message);
  const log = new AuditLog({ db: opened.db, now: Date.now, redact });
  return {
    records: new CredentialRecords(opened.db),
    box: await openSecretBox({ file: join(dir, 'secrets.json'), cipher: passingCipher('bench'), now: Date.now }),
    audit: (entry) => void log.append(entry),
    close: () => opened.db.close(),
  };
}

/** The app's own lifecycle and broker on a disk; `stop` ends both. */
export function startCredentials(disk: Disk, around: Surroundings): { readonly lifecycle: Lifecycle; stop(): Promise<void> } {
  const { records, box, audit } = disk;
  const { source, vault, paths, install } = around;
  const broker = new Broker({
    source: () => lifecycle,
    record: (worktreeId) => records.get(worktreeId),
    used: (worktreeId, generation, lastUsedAt) => records.updateToken(worktreeId, generation, { lastUsedAt }),
    accepted: () => undefined,
    repositories: ({ repository }) => [repository],
    webUrl: () => 'https://github.com',
    paths,
    audit,
    onError: (error) => console.error(error),
    now: Date.now,
  });
  const lifecycle = new Lifecycle({
    records,
    source: () => source,
    projectPolicy: () => defaultProjectPolicy,
    lifePolicy: () => defaultLifePolicy,
    vaultKeyTemplate: () => 'JEAN_GH_TOKEN_<SLUG>',
    vaults: { current: () => vault, find: () => vault },
    mark: new VaultMark('00000000'),
    box,
    git: {
      open: (binding) => broker.open(binding),
      bar: (binding, reason) => broker.bar(binding, reason),
      close: (binding, reason) => broker.close(binding, reason),
      async install(binding) {
        await install(binding);
        return { whole: true };
      },
      isInstalled: async () => true,
      uninstall: async () => undefined,
    },
    refusal: refusalSentence,
    shortHash: (text) => text,
    audit,
    onChange: () => undefined,
    now: Date.now,
    random: Math.random,
  });
  return {
    lifecycle,
    async stop() {
      await lifecycle.stop();
      await broker.stop();
    },
  };
}
