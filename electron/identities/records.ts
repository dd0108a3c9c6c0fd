import { z } from 'zod';
import { identityStepId } from '../../shared/identities.ts';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';

/** One row a project, with how far its identity has come. No key, password, code or token is ever in here. */
export const identityMigrations: readonly Migration[] = [
  {
    name: 'identities of projects',
    sql: `
      CREATE TABLE project_identity (
        project_id TEXT PRIMARY KEY,
        data TEXT NOT NULL
      ) STRICT;
    `,
  },
];

const at = z.number();

/** Something that Ravi is asked to make, written before it is asked: Ravi has no idempotency key (contract ravi §7). */
const intent = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('create'),
    at,
    name: z.string(),
    localPart: z.string().nullable(),
    /** The uuids that there were before. */
    before: z.array(z.string()),
  }),
  z.object({ what: z.literal('phone'), at, country: z.string() }),
  z.object({
    what: z.literal('key'),
    at,
    label: z.string(),
    /** How many keys of this label there were before; null where Ravi did not say. */
    before: z.number().nullable(),
  }),
  z.object({ what: z.literal('password'), at, username: z.string() }),
]);
export type Intent = z.infer<typeof intent>;

const record = z.object({
  projectId: z.string(),
  projectName: z.string(),
  since: at,
  identity: z.object({ uuid: z.string(), name: z.string(), inbox: z.string(), phone: z.string().nullable() }).nullable(),
  /** Not known to be done, and not known to have failed. */
  intent: intent.nullable(),
  /** The GitHub user name that the person gave. */
  login: z.string().nullable(),
  /** The entry of its password in Ravi's vault. */
  password: z.object({ uuid: z.string(), username: z.string() }).nullable(),
  /** When GitHub's sign-up was opened. */
  signUpAt: at.nullable(),
  /** When a mail of GitHub's with a code was seen. */
  mailAt: at.nullable(),
  /** What GitHub said of the account. */
  account: z.object({ id: z.number(), login: z.string(), at }).nullable(),
  /** Who owns the repository, and of which kind GitHub says that they are; null while that is not known. */
  owner: z.object({ login: z.string(), type: z.string() }).nullable().default(null),
  /** Whose token waits in the secret box to be taken for the project. */
  token: z.object({ login: z.string(), at }).nullable(),
  /** What failed last at a step. */
  troubles: z.partialRecord(identityStepId, z.object({ message: z.string(), at })),
  /** What failed last and belongs to no step. */
  trouble: z.string().nullable(),
});
/** All that is kept of a project's identity. Times are epoch ms. */
export type IdentityRecord = Readonly<z.infer<typeof record>>;

const row = z.object({ data: z.string() });

/** A record with nothing done yet. */
export const newRecord = (projectId: string, projectName: string, since: number): IdentityRecord => ({
  projectId,
  projectName,
  since,
  identity: null,
  intent: null,
  login: null,
  password: null,
  signUpAt: null,
  mailAt: null,
  account: null,
  owner: null,
  token: null,
  troubles: {},
  trouble: null,
});

/** The table of the projects' identities. */
export class IdentityRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  all(): readonly IdentityRecord[] {
    return this.#db.all('SELECT data FROM project_identity ORDER BY project_id', [], row).map(read);
  }

  get(projectId: string): IdentityRecord | null {
    const found = this.#db.get('SELECT data FROM project_identity WHERE project_id = ?', [projectId], row);
    return found && read(found);
  }

  put(value: IdentityRecord): void {
    this.#db.run('INSERT OR REPLACE INTO project_identity (project_id, data) VALUES (?, ?)', [
      value.projectId,
      JSON.stringify(value),
    ]);
  }

  /** Resolves when it is on the disk. */
  async putDurably(value: IdentityRecord): Promise<void> {
    this.put(value);
    await this.#db.durable();
  }

  delete(projectId: string): void {
    this.#db.run('DELETE FROM project_identity WHERE project_id = ?', [projectId]);
  }
}

const read = ({ data }: { readonly data: string }): IdentityRecord => record.parse(JSON.parse(data));
