import type { SandboxClock } from '../clock.ts';
import type { Router } from '../http.ts';
import { callerOf, invalid, managerOf, optionalText, refusal, text, timestamp, unpaid } from './access.ts';
import type { Accounts, Identity } from './accounts.ts';
import type { Lists } from './lists.ts';

const localPart = /^(?!.*(\.\.|--))[a-z0-9][a-z0-9.-]{1,28}[a-z0-9]$/;

/** An identity as the API shows it. */
export function identityView(identity: Identity): Record<string, unknown> {
  return {
    uuid: identity.uuid,
    name: identity.name,
    inbox: identity.inbox,
    phone: identity.phone?.number ?? '',
    created_dt: timestamp(identity.createdAt),
    updated_dt: timestamp(identity.updatedAt),
  };
}

/** Identities, their keys, and what an account knows of itself (contract ravi §§3.1, 3.2, 3.8). */
export function identityRoutes(router: Router, accounts: Accounts, lists: Lists, clock: SandboxClock): void {
  const ownIdentity = (account: Identity['account'], uuid: string | undefined): Identity => {
    const found = accounts.identitiesOf(account).find((identity) => identity.uuid === uuid);
    if (found === undefined) throw refusal(404, 'Not found.');
    return found;
  };

  router
    .on('GET', '/api/identities/', (request) =>
      lists.plain(request, accounts.identitiesOf(managerOf(accounts, request).account).map(identityView)),
    )
    .on('POST', '/api/identities/', (request) => {
      const { account } = managerOf(accounts, request);
      if (account.plan === 'free' && accounts.identitiesOf(account).length > 0) throw unpaid();
      const [local, ofAddress] = (optionalText(request, 'email_identifier') ?? optionalText(request, 'email'))?.split('@') ?? [];
      const domain = optionalText(request, 'domain') ?? ofAddress ?? 'raviapp.com';
      if (local === undefined && optionalText(request, 'domain') !== undefined) {
        throw invalid('domain', 'A domain needs an email_identifier.');
      }
      if (local !== undefined && !localPart.test(local)) throw invalid('email_identifier', 'Enter a valid value.');
      if (!account.domains.includes(domain)) throw invalid('domain', `Unknown domain ${domain}.`);
      const address = local === undefined ? undefined : `${local}@${domain}`;
      if (address !== undefined && accounts.isTaken(address)) throw refusal(409, `The address ${address} is already taken.`);
      const identity = accounts.createIdentity(account, { name: optionalText(request, 'name'), address });
      const key = accounts.mintKey(account, identity, 'created with the identity');
      return { status: 201, body: { ...identityView(identity), api_key: key.value } };
    })
    .on('GET', '/api/identities/:uuid/', (request) => ({
      status: 200,
      body: identityView(ownIdentity(managerOf(accounts, request).account, request.params.uuid)),
    }))
    .on('POST', '/api/identities/:uuid/provision-phone/', (request) => {
      const { account } = managerOf(accounts, request);
      const identity = ownIdentity(account, request.params.uuid);
      if (account.plan === 'free') throw unpaid();
      if (identity.phone !== undefined) throw refusal(409, 'This identity already has a phone number.');
      const country = optionalText(request, 'country_code') ?? 'US';
      if (country !== 'US' && country !== 'CA') throw refusal(503, `No numbers are available in ${country}.`);
      accounts.givePhone(identity);
      return { status: 201, body: identityView(identity) };
    })
    .on('POST', '/api/auth/keys/identity/', (request) => {
      const { account } = managerOf(accounts, request);
      const identity = ownIdentity(account, text(request, 'identity_uuid'));
      const label = optionalText(request, 'label') ?? '';
      const key = accounts.mintKey(account, identity, label);
      return { status: 201, body: { key: key.value, identity_uuid: identity.uuid, label } };
    })
    .on('GET', '/api/auth/keys/identity/', (request) => {
      const { account } = managerOf(accounts, request);
      const keys = accounts.keys().filter((key) => key.account === account && key.identity !== undefined);
      return lists.plain(
        request,
        keys.map(({ identity, label }) => ({ identity_uuid: identity?.uuid, label })),
      );
    })
    .on('GET', '/api/domains/', (request) =>
      lists.plain(
        request,
        managerOf(accounts, request).account.domains.map((domain, index) => ({
          uuid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          domain,
          is_platform: index === 0,
          is_verified: true,
          created_dt: timestamp(0),
        })),
      ),
    )
    .on('GET', '/api/master/', (request) => {
      const { account } = callerOf(accounts, request);
      return { status: 200, body: { first_name: account.firstName, last_name: account.lastName } };
    })
    .on('POST', '/api/sso/token/', (request) => {
      const { account, identity } = callerOf(accounts, request);
      if (identity === undefined) throw refusal(403, 'Identity-scoped key required.');
      if (account.plan === 'free') throw unpaid();
      return { status: 201, body: { token: `rvt_${identity.uuid}`, expires_at: timestamp(clock.now() + 5 * 60_000) } };
    });
}
