/**
 * A command that shows what git in a worktree would use: it asks as git itself does before a push, and hides the password. For a
 * POSIX shell.
 */
export function checkCommand(path: string, webUrl: string, repository: string): string {
  const { protocol, host } = new URL(webUrl);
  const asked = `protocol=${protocol.slice(0, -1)}\\nhost=${host}\\npath=${repository}.git\\n\\n`;
  const folder = `'${path.replaceAll("'", "'\\''")}'`;
  return `printf '${asked}' | git -C ${folder} credential fill | sed 's/^password=.*/password=(hidden)/'`;
}
