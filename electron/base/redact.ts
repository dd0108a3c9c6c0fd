/** What a secret is replaced by. */
const redacted = '[redacted]';

/**
 * Shapes of secrets that could reach a sentence: GitHub's tokens (contract github §§1.6, 8; the stateless form is about 520 characters with
 * dots, dashes and underscores), Ravi's keys (contract ravi §2), our grants and what they give, private keys, and passwords in addresses and headers.
 * Each runs in linear time on any text.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, redacted],
  [/gh[pousr]_[A-Za-z0-9._-]{8,}/g, redacted],
  [/github_pat_[A-Za-z0-9_]{8,}/g, redacted],
  [/ravi_(?:mgmt|id)_[A-Za-z0-9._-]+/g, redacted],
  [/(?:rvt|jr[gcd])_[A-Za-z0-9._-]{8,}/g, redacted],
  [/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, redacted],
  [/x-access-token:[^\s@/]+/g, `x-access-token:${redacted}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,2000}@/gi, `$1${redacted}@`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}/gi, `$1 ${redacted}`],
  [/([?&](?:token|access_token|api_key|key|secret|password|code)=)[^&\s#"']+/gi, `$1${redacted}`],
  [/\b(password|secret)=[^\s"']+/gi, `$1=${redacted}`],
];

/** The text with everything that looks like a secret replaced. The last guard before a log, the audit and a notification, not the first. */
export function redact(text: string): string {
  let result = text;
  for (const [shape, replacement] of shapes) result = result.replace(shape, replacement);
  return result;
}
