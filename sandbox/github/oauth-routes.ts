import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import type { App } from './apps.ts';
import { deviceJson, userTokensJson } from './device.ts';
import { refuseNotFound } from './errors.ts';
import type { World } from './world.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** The device flow and the renewal of user tokens, on github.com rather than its API (contract github §1.3). */
export function oauthRoutes(router: Router, world: World): void {
  router.on('POST', '/login/device/code', (request) => {
    const app = appOf(bodyFields(request), world);
    if (app === undefined) return refuseNotFound();
    if (!app.deviceFlow)
      return oauthError(request, 'device_flow_disabled', 'Device Flow must be explicitly enabled for this App');
    return answer(request, deviceJson(world.devices.start(app), world.origin));
  });
  router.on('POST', '/login/oauth/access_token', (request) => {
    const fields = bodyFields(request);
    const app = appOf(fields, world);
    if (app === undefined) return wrongClient(request);
    const { grant_type: grant } = fields;
    if (grant === 'refresh_token') return renew(request, fields, app, world);
    if (grant !== DEVICE_GRANT) return oauthError(request, 'unsupported_grant_type', 'The grant type is not supported.');
    if (!app.deviceFlow)
      return oauthError(request, 'device_flow_disabled', 'Device Flow must be explicitly enabled for this App');
    const id = fields.repository_id === undefined ? undefined : Number(fields.repository_id);
    const polled = world.devices.poll(app, String(fields.device_code ?? ''), id === undefined ? undefined : new Set([id]));
    if (polled.kind === 'tokens') return answer(request, userTokensJson(polled.tokens));
    const interval = polled.intervalSeconds === undefined ? {} : { interval: polled.intervalSeconds };
    return oauthError(request, polled.error, polled.description, interval);
  });
}

function renew(request: HttpRequest, fields: Record<string, unknown>, app: App, world: World): HttpAnswer {
  // A token from the device flow is renewed without the secret; a wrong one is still wrong.
  if (fields.client_secret !== undefined && fields.client_secret !== app.clientSecret) return wrongClient(request);
  const tokens = world.tokens.refresh(String(fields.refresh_token ?? ''), app);
  if (tokens === undefined) return oauthError(request, 'bad_refresh_token', 'The refresh token passed is incorrect or expired.');
  return answer(request, userTokensJson(tokens));
}

function wrongClient(request: HttpRequest): HttpAnswer {
  return oauthError(request, 'incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.');
}

function appOf(fields: Record<string, unknown>, world: World): App | undefined {
  return world.apps.all().find((app) => app.clientId === fields.client_id);
}

function oauthError(request: HttpRequest, error: string, description: string, more: Record<string, unknown> = {}): HttpAnswer {
  return answer(request, { error, error_description: description, error_uri: 'https://docs.github.com/apps', ...more });
}

/** Errors are 200 too, and without `Accept: application/json` the answer is form encoded. */
function answer(request: HttpRequest, fields: Readonly<Record<string, unknown>>): HttpAnswer {
  if (request.headers.accept?.includes('json')) return { status: 200, body: fields };
  const encoded = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  return {
    status: 200,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: encoded.toString(),
  };
}
