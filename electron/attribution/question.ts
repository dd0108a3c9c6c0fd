/** What a person asks about, as they typed or pasted it. */
export type Question =
  /** A commit by its id, or the beginning of it (lower case). `sure`: it can be nothing else. */
  | { readonly about: 'commit'; readonly prefix: string; readonly sure: boolean }
  /** A pull request; `repository` null: of any that is known. `host` null: of ours. */
  | { readonly about: 'pull'; readonly repository: string | null; readonly number: number; readonly host: string | null }
  /** Any word may be a branch's name. */
  | { readonly about: 'branch'; readonly name: string };

const repository = '[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+';
const pullUrl = new RegExp(`^https?://([^/\\s@]+)/(${repository})/pull/(\\d{1,9})(?:[/?#].*)?$`);
const commitUrl = new RegExp(`^https?://[^/\\s@]+/${repository}/(?:pull/\\d+/)?commits?/([0-9a-fA-F]{7,64})(?:[/?#].*)?$`);
const pullName = new RegExp(`^(${repository})?#(\\d{1,9})$`);

/** Reads a question: a commit's id or page, a pull request's page or number, a branch. Null when it is none of them. */
export function questionOf(text: string): Question | null {
  const asked = text.trim();
  const [, commit] = commitUrl.exec(asked) ?? [];
  if (commit !== undefined) return { about: 'commit', prefix: commit.toLowerCase(), sure: true };
  const [, host, where, pull] = pullUrl.exec(asked) ?? [];
  if (host !== undefined && where !== undefined) return { about: 'pull', repository: where, number: Number(pull), host };
  const [named, named1, number] = pullName.exec(asked) ?? [];
  if (named !== undefined) return { about: 'pull', repository: named1 ?? null, number: Number(number), host: null };
  // A word of letters alone, such as "defaced", is more likely a word.
  if (/^[0-9a-f]{7,64}$/i.test(asked)) return { about: 'commit', prefix: asked.toLowerCase(), sure: /\d/.test(asked) };
  const branch = /^(?:refs\/heads\/)?([^\s~^:?*[\\]{1,200})$/.exec(asked)?.[1];
  return branch === undefined ? null : { about: 'branch', name: branch };
}
