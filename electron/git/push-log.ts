/** One line of a remote-tracking branch's reflog (gitrepository-layout(5), `logs`): the branch was seen to be somewhere else now. */
export interface RemoteMove {
  /** Null where the branch was new to this clone. */
  readonly old: string | null;
  readonly new: string;
  /** Who did it, as git knew them there: `name <address>`. */
  readonly who: string;
  /** Epoch ms; git writes whole seconds. */
  readonly at: number;
  /** This clone pushed it there; otherwise it was fetched. */
  readonly pushed: boolean;
}

const line = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.*>) (\d+) [+-]\d{4}(?:\t(.*))?$/;

/** What a reflog's text tells, in its order. A last line without its end is not read. */
export function remoteMoves(text: string): readonly RemoteMove[] {
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((each) => {
      const [, old = '', tip = '', who = '', seconds = '', why = ''] = line.exec(each) ?? [];
      if (tip === '') return [];
      const pushed = why === 'update by push';
      return [{ old: /^0+$/.test(old) ? null : old, new: tip, who, at: Number(seconds) * 1000, pushed }];
    });
}
