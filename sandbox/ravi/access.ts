import { bodyFields, type HttpRequest, Refusal } from '../http.ts';
import type { Accounts, Identity, Key } from './accounts.ts';

/** A refusal as Ravi words it (contract ravi §1, errors). */
export function refusal(status: number, detail: string, more: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal({ status, body: { detail, ...more } });
}

/** A validation error on one field. */
export function invalid(field: string, message: string): Refusal {
  return new Refusal({ status: 400, body: { [field]: [message] } });
}

/** Something a plan doesn't include. */
export function unpaid(): Refusal {
  return refusal(402, 'Active paid subscription required.', { code: 'subscription_required' });
}

/** Who calls, by the bearer. @throws Refusal (401) without a known key. */
export function callerOf(accounts: Accounts, request: HttpRequest): Key {
  const value = /^Bearer (ravi_(?:mgmt|id)_\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const key = value === undefined ? undefined : accounts.key(value);
  if (key === undefined) throw refusal(401, 'Authentication credentials were not provided.');
  return key;
}

/** Who calls, with a management key. @throws Refusal (401, 403) */
export function managerOf(accounts: Accounts, request: HttpRequest): Key {
  const key = callerOf(accounts, request);
  if (key.identity !== undefined) throw refusal(403, 'Management key required.');
  return key;
}

/**
 * The identities a request may see: a management key sees all of its account or the one it names, an identity key its own. A name from
 * beyond the fence gives silence, not an error (contract ravi §1).
 */
export function scopeOf(accounts: Accounts, request: HttpRequest): readonly Identity[] {
  const key = callerOf(accounts, request);
  const wanted = request.query.get('identity');
  const reach = key.identity === undefined ? accounts.identitiesOf(key.account) : [key.identity];
  return wanted === null ? reach : reach.filter(({ uuid }) => uuid === wanted);
}

/** The one identity that a request writes to. @throws Refusal (400) when a management key names none, (404) beyond its fence. */
export function targetOf(accounts: Accounts, request: HttpRequest): Identity {
  const key = callerOf(accounts, request);
  if (key.identity === undefined && request.query.get('identity') === null) throw refusal(400, 'Identity is required.');
  const [identity] = scopeOf(accounts, request);
  if (identity === undefined) throw refusal(404, 'Not found.');
  return identity;
}

/** A text field of the body; undefined when it is missing or empty, as the CLI sends fields it has nothing for. */
export function optionalText(request: HttpRequest, field: string): string | undefined {
  const value = bodyFields(request)[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(field, 'Not a valid string.');
  return value;
}

/** A text field of the body. @throws Refusal (400) when it is missing or empty. */
export function text(request: HttpRequest, field: string): string {
  const value = optionalText(request, field);
  if (value === undefined) throw invalid(field, 'This field is required.');
  return value;
}

/** A list of texts in the body; empty when missing. */
export function texts(request: HttpRequest, field: string): readonly string[] {
  const value = bodyFields(request)[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw invalid(field, 'Expected a list of items but got type "str".');
  }
  return value;
}

/** A time as Ravi writes it: RFC 3339 in UTC. `at` is epoch ms. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}
