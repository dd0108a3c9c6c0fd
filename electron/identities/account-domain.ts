import { isLoopback } from '../base/http-call.ts';

/** What Ravi's vault is to file the account under. */
export function accountDomain(webUrl: string): string {
  const { hostname } = new URL(webUrl);
  // The sandbox stands in for github.com.
  return isLoopback(hostname) ? 'github.com' : hostname;
}
