import { z } from 'zod';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';

/** The table of Jeans' own tokens: how far a rotation has come. Tokens are here as hashes; their values are in the secret box and the vault. */
export const jeanTokenMigrations: readonly Migration[] = [
  {
    name: 'remote access: tokens of Jean',
    sql: 'CREATE TABLE jean_token (instance_id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;',
  },
];

const record = z.object({
  /**
   * `asking`: Jean was, or is about to be, asked for a new token. `keeping`: there is a new one, and the vault does not have it yet.
   * `waiting`: it is kept, and counts when Jean is restarted.
   */
  step: z.enum(['none', 'asking', 'keeping', 'waiting']),
  /** base64(SHA-256) of the token that Jean's server takes. */
  working: z.string().nullable(),
  /** Of the one in Jean's preferences when it was asked for another: while it is still there, Jean has not made one. */
  before: z.string().nullable(),
  next: z.string().nullable(),
  /** Of the one in the vault, and where that is. */
  vaulted: z.string().nullable(),
  vault: z.object({ kind: z.enum(['ravi', 'local', 'memory']), identity: z.string() }).nullable(),
  /** Who began the rotation. */
  by: z.enum(['person', 'companion']),
  rotatedAt: z.number().nullable(),
  /** When Jean was restarted by itself for the one that waits: it is not tried twice. */
  restartedAt: z.number().nullable(),
  /** From when on a schedule counts while nothing was rotated yet. */
  since: z.number(),
});

/** How far the token of one Jean has come. Times are epoch ms. */
export type JeanTokenRecord = Readonly<z.infer<typeof record>>;

/** What is known of one that was never looked at. */
export const noRecord: JeanTokenRecord = {
  step: 'none',
  working: null,
  before: null,
  next: null,
  vaulted: null,
  vault: null,
  by: 'companion',
  rotatedAt: null,
  restartedAt: null,
  since: 0,
};

const row = z.object({ instance_id: z.string(), data: z.string() });

/** How far each has come, on the disk and in memory. */
export class JeanTokenRecords {
  readonly #db: Db;
  readonly #records = new Map<string, JeanTokenRecord>();

  constructor(db: Db) {
    this.#db = db;
    for (const { instance_id, data } of db.all('SELECT instance_id, data FROM jean_token', [], row))
      this.#records.set(instance_id, record.parse(JSON.parse(data)));
  }

  ids(): readonly string[] {
    return [...this.#records.keys()];
  }

  get(instanceId: string): JeanTokenRecord | null {
    return this.#records.get(instanceId) ?? null;
  }

  /** On the disk when it returns, with what `beside` writes: what follows outside can be taken up after a crash. */
  put(instanceId: string, next: JeanTokenRecord, beside: () => void = () => {}): void {
    this.#db.transaction(() => {
      this.#db.run(
        'INSERT INTO jean_token (instance_id, data) VALUES (?, ?) ON CONFLICT (instance_id) DO UPDATE SET data = excluded.data',
        [instanceId, JSON.stringify(record.parse(next))],
      );
      beside();
    });
    this.#records.set(instanceId, next);
  }

  remove(instanceId: string): void {
    this.#db.run('DELETE FROM jean_token WHERE instance_id = ?', [instanceId]);
    this.#records.delete(instanceId);
  }
}
