import { verify } from 'node:crypto';
import { z } from 'zod';
import type { App, Apps } from './apps.ts';
import { refuse } from './errors.ts';

const LONGEST_LIFE_SECONDS = 600;

const Header = z.object({ alg: z.string() });
const Claims = z.object({ iss: z.union([z.string(), z.number()]).optional(), iat: z.unknown(), exp: z.unknown() });

/** Whether a bearer looks like a JSON web token, not like one of GitHub's own tokens (the stateless `ghs_` holds dots too). */
export function looksLikeJwt(bearer: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer) && !/^gh[a-z]_/.test(bearer);
}

/**
 * The app that signed a JWT (contract github §3.3).
 * @param nowMs the server's idea of time, which a client's may differ from
 * @throws Refusal with GitHub's texts; the clients' clock correction depends on them word for word
 */
export function appOfJwt(jwt: string, apps: Apps, nowMs: number): App {
  const [head = '', payload = '', signature = ''] = jwt.split('.');
  const header = Header.safeParse(decodePart(head));
  const claims = Claims.safeParse(decodePart(payload));
  if (!header.success || !claims.success || header.data.alg !== 'RS256') undecodable();
  const { iss, iat, exp } = claims.data;
  if (iss === undefined) refuse(401, "Missing 'issuer' claim ('iss') in assertion");
  const app = apps.byIssuer(iss);
  if (app === undefined) refuse(404, 'Integration not found');
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), app.publicKeyPem, Buffer.from(signature, 'base64url')))
    undecodable();
  const now = nowMs / 1000;
  if (typeof exp !== 'number' || exp <= now) {
    refuse(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + LONGEST_LIFE_SECONDS) refuse(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now) {
    refuse(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  }
  return app;
}

function undecodable(): never {
  refuse(401, 'A JSON web token could not be decoded');
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
