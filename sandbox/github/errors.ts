import { type HttpAnswer, Refusal } from '../http.ts';

const DOCS = 'https://docs.github.com/rest';

/** What a problem carries beside its message. */
export interface ProblemDetails {
  /** Entries of GitHub's `errors` array on a 422. */
  readonly errors?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error as GitHub's REST API words it: `{message, documentation_url, status}`, the status as a string. */
export function problem(status: number, message: string, details: ProblemDetails = {}): HttpAnswer {
  const errors = details.errors === undefined ? {} : { errors: details.errors };
  return {
    status,
    headers: details.headers ?? {},
    body: { message, ...errors, documentation_url: DOCS, status: String(status) },
  };
}

/** Ends the request with a problem. */
export function refuse(status: number, message: string, details?: ProblemDetails): never {
  throw new Refusal(problem(status, message, details));
}

/** 404: it isn't there, or the caller may not know that it is. GitHub doesn't tell these apart (contract github §1.7). */
export function refuseNotFound(): never {
  refuse(404, 'Not Found');
}

/** 403 of a live token that lacks a permission; `needed` as in `contents=write` (contract github §1.7). */
export function refuseIntegration(needed?: string): never {
  const headers = needed === undefined ? {} : { 'x-accepted-github-permissions': needed };
  refuse(403, 'Resource not accessible by integration', { headers });
}

/** 422 with the `errors` that GitHub lists for a field or a rule of its own. */
export function refuseInvalid(resource: string, error: Readonly<Record<string, string>>): never {
  refuse(422, 'Validation Failed', { errors: [{ resource, ...error }] });
}
