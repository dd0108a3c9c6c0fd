import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppManifest } from './manifest.ts';

export interface ManifestPageOptions {
  /** GitHub's page for a new App, without a query. */
  readonly target: string;
  readonly manifest: (redirectUrl: string) => AppManifest;
  /** Opens our page in the person's browser. */
  readonly open: (url: string) => Promise<void>;
  /** Takes GitHub's code; answers the address on which the browser goes on. */
  readonly take: (code: string) => Promise<string>;
  /** How long the person may take, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Leads the person's browser to GitHub's page for a new App and takes the one answer. GitHub wants a form that is posted, which no link
 * can do: a page on this machine, at a random port and an address that nobody can guess, posts it by itself. It is given out once, and
 * an answer counts only with the `state` that it had.
 * @throws the signal's reason when aborted, an Error with a sentence when the time is over, or what `take` throws.
 */
export async function askByManifest(options: ManifestPageOptions): Promise<void> {
  const [door, state] = [unguessable(), unguessable()];
  const server = createServer({ requestTimeout: 10_000 });
  const port = await listen(server);
  const origin = `http://127.0.0.1:${port}`;
  const form = formPage(`${options.target}?state=${state}`, options.manifest(`${origin}/callback`));
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () =>
          reject(new Error(`GitHub sent nothing back within ${Math.round(options.timeoutMs / 60_000)} minutes. Start again.`)),
        options.timeoutMs,
      );
      const abort = (): void => reject(options.signal.reason);
      options.signal.addEventListener('abort', abort, { once: true });
      let given = false;
      let taken = false;
      server.on('request', (request, response) => {
        const url = pageAsked(request, port);
        if (url?.pathname === `/${door}` && !given) {
          given = true;
          return reply(response, 200, form.html, form.policy);
        }
        if (url?.pathname !== '/callback')
          return reply(response, 404, told('This page is for one visit. Start again in the Companion.'));
        if (!same(url.searchParams.get('state') ?? '', state))
          return reply(response, 403, told('This answer does not belong to what the Companion asked for, so it was not taken.'));
        const code = url.searchParams.get('code');
        if (code === null || taken) return reply(response, 410, told('This answer was taken already, or has no code in it.'));
        taken = true;
        clearTimeout(late);
        options.take(code).then(
          (next) => goOn(response, next, resolve),
          (error: unknown) => reply(response, 502, told(sentenceOf(error)), undefined, () => reject(error)),
        );
      });
      options.open(`${origin}/${door}`).catch(reject);
      if (options.signal.aborted) abort();
      server.once('close', () => {
        clearTimeout(late);
        options.signal.removeEventListener('abort', abort);
      });
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const unguessable = (): string => randomBytes(24).toString('base64url');

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** What a browser asks for at exactly this address; a page elsewhere whose name leads here is not answered. */
function pageAsked(request: IncomingMessage, port: number): URL | null {
  if (request.method !== 'GET' || request.headers.host !== `127.0.0.1:${port}`) return null;
  const text = `http://127.0.0.1:${port}${request.url ?? '/'}`;
  return URL.canParse(text) ? new URL(text) : null;
}

/** Compares in constant time, whatever the lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

const quiet = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

function reply(response: ServerResponse, status: number, html: string, policy = quiet, done?: () => void): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  // `close` and not `finish`: a browser that is gone must not keep us waiting.
  if (done) response.once('close', done);
  response.end(html);
}

function goOn(response: ServerResponse, next: string, done: () => void): void {
  response.once('close', done);
  response.writeHead(302, { location: next, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' });
  response.end();
}

/** The form that posts itself, and a button where scripts are off. No `form-action` in its policy: GitHub may send on to a company's sign-in. */
function formPage(action: string, manifest: AppManifest): { readonly html: string; readonly policy: string } {
  const nonce = unguessable();
  const fields = `<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">`;
  const html = page(
    `<p>Taking you to GitHub.</p>
<form method="post" action="${escaped(action)}">${fields}<noscript><button>Go on to GitHub</button></noscript></form>
<script nonce="${nonce}">document.forms[0].submit()</script>`,
  );
  return { html, policy: `${quiet}; script-src 'nonce-${nonce}'` };
}

const told = (sentence: string): string => page(`<p>${escaped(sentence)}</p>`);

const page = (body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Jean Ravi Companion</title><h1>Jean Ravi Companion</h1>${body}</html>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
