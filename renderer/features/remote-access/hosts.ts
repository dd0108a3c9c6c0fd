import { hostName } from '../../../shared/remote-settings.ts';

/** Host names as they are typed, with commas; `wrong` says what to mend. */
export function readHosts(typed: string): { readonly hosts: readonly string[]; readonly wrong: string | null } {
  const hosts: string[] = [];
  for (const one of typed.split(/[\s,;]+/).filter((part) => part !== '')) {
    const read = hostName.safeParse(one);
    if (!read.success) return { hosts: [], wrong: read.error.issues[0]?.message ?? 'That is no host name.' };
    if (!hosts.includes(read.data)) hosts.push(read.data);
  }
  return { hosts, wrong: null };
}
