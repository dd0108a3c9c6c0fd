/** What the environment of a worktree's command is made of. */
export interface VariableFacts {
  /** `https://github.com`, an Enterprise Server, the sandbox. */
  readonly webUrl: string;
  readonly token: string;
  /** `project/worktree`. */
  readonly identity: string;
  readonly author: { readonly name: string; readonly email: string } | null;
}

/** The environment in which git and gh act as a worktree (contract github §4.1). The token is in it. */
export function variablesOf({ webUrl, token, identity, author }: VariableFacts): Record<string, string> {
  const { host } = new URL(webUrl);
  return {
    ...(isCloud(host)
      ? { GH_TOKEN: token, GITHUB_TOKEN: token }
      : { GH_TOKEN: token, GITHUB_TOKEN: token, GH_ENTERPRISE_TOKEN: token, GITHUB_ENTERPRISE_TOKEN: token }),
    ...(host === 'github.com' ? {} : { GH_HOST: host }),
    JEAN_SESSION_IDENTITY: identity,
    ...(author === null
      ? {}
      : {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.email,
          GIT_COMMITTER_NAME: author.name,
          GIT_COMMITTER_EMAIL: author.email,
        }),
  };
}

const isCloud = (host: string): boolean => host === 'github.com' || host.endsWith('.ghe.com');
