import { type GrantWishInput, grantLife, grantWish, type RemoteRole } from '../../../shared/remote-access.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long a grant may be made for. */
export const lives: readonly { readonly ms: number; readonly words: string }[] = [
  { ms: grantLife.shortestMs, words: '1 hour' },
  { ms: 8 * hourMs, words: '8 hours' },
  { ms: dayMs, words: '1 day' },
  { ms: grantLife.usualMs, words: '7 days' },
  { ms: 30 * dayMs, words: '30 days' },
  { ms: grantLife.longestMs, words: '90 days' },
];

/** What is typed; `addresses` as one text. */
export interface Typed {
  readonly person: string;
  readonly role: RemoteRole;
  readonly lifeMs: number;
  readonly mail: string;
  readonly phone: string;
  readonly addresses: string;
  readonly oneTime: boolean;
  /** Null: every Jean that is shared. */
  readonly instanceIds: readonly string[] | null;
}

/** Before anything is typed. */
export const blank: Typed = {
  person: '',
  role: 'viewer',
  lifeMs: grantLife.usualMs,
  mail: '',
  phone: '',
  addresses: '',
  oneTime: false,
  instanceIds: null,
};

/** What is typed, as main wants it; a word about each field that is wrong. */
export function wishOf(
  typed: Typed,
  shared: readonly string[],
): { readonly wish: GrantWishInput | null; readonly wrong: Readonly<Record<string, string>> } {
  const text = (field: string): string | null => (field.trim() === '' ? null : field.trim());
  const wish = {
    person: typed.person,
    role: typed.role,
    lifeMs: typed.lifeMs,
    mail: text(typed.mail),
    phone: text(typed.phone),
    addresses: typed.addresses.split(/[\s,;]+/).filter((one) => one !== ''),
    oneTime: typed.oneTime,
    instanceIds: [...(typed.instanceIds ?? shared)],
  };
  const parsed = grantWish.safeParse(wish);
  if (parsed.success) return { wish, wrong: {} };
  const wrong = Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0]), message]).reverse());
  return { wish: null, wrong };
}
