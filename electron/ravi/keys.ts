import type { Secret } from '../base/secret.ts';

/** What a key of Ravi's is good for, told by its beginning (contract ravi §1). */
export type RaviKeyKind = 'management' | 'identity';

/** Which kind of key a text is; `foreign` is one of the other program called ravi (contract ravi, name collision). */
export function kindOfKey(key: Secret): RaviKeyKind | 'foreign' | 'unknown' {
  const text = key.reveal();
  if (/^ravi_mgmt_\S+$/.test(text)) return 'management';
  if (/^ravi_id_\S+$/.test(text)) return 'identity';
  return /^rctx_/.test(text) ? 'foreign' : 'unknown';
}
