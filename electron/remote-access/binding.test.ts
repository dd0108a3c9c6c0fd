import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { addressesOf, type Interfaces, lackOf, namesOf, sharedName } from './binding.ts';

const at = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  internal,
  cidr: null,
  mac: '',
  netmask: '',
  ...(address.includes(':') ? { family: 'IPv6', scopeid: address.startsWith('fe80') ? 2 : 0 } : { family: 'IPv4' }),
});
const home: Interfaces = {
  lo: [at('127.0.0.1', true), at('::1', true)],
  wlan0: [at('192.168.1.5'), at('fe80::5'), at('fd12::5')],
  tailscale0: [at('100.101.102.103'), at('fd7a:115c:a1e0::9')],
  eth0: [at('203.0.113.9')],
};
const alone: Interfaces = { lo: [at('127.0.0.1', true)] };

it('each choice listens where it says, and on this computer', () => {
  expect(addressesOf('loopback', home)).toEqual(['127.0.0.1']);
  expect(addressesOf('lan', home)).toEqual(['127.0.0.1', '192.168.1.5', 'fd12::5']);
  expect(addressesOf('tailscale', home)).toEqual(['127.0.0.1', '100.101.102.103', 'fd7a:115c:a1e0::9']);
  expect(addressesOf('all', home)).toEqual(['0.0.0.0', '::']);
  expect(addressesOf('all', alone)).toEqual(['0.0.0.0']);
});

it('a network that is not there is said to be lacking', () => {
  expect(lackOf('tailscale', home)).toBeNull();
  expect(lackOf('tailscale', alone)).toMatch(/Start Tailscale/);
  expect(lackOf('lan', alone)).toMatch(/no address in a local network/);
  expect(lackOf('loopback', alone)).toBeNull();
});

it('names are those of where it listens and those that the person set', () => {
  expect(namesOf('tailscale', home, ['desk.example.org'])).not.toContain('192.168.1.5');
  expect(namesOf('all', home, [])).toContain('203.0.113.9');
  expect(namesOf('loopback', home, [])).toEqual(['localhost', '127.0.0.1', '::1']);
});

it('what is given to others is a name that was set, else an address that they reach', () => {
  expect(sharedName('lan', home, ['desk.example.org'])).toBe('desk.example.org');
  expect(sharedName('tailscale', home, [])).toBe('100.101.102.103');
  expect(sharedName('all', home, [])).toBe('192.168.1.5');
  expect(sharedName('lan', { wlan0: [at('fd12::5')] }, [])).toBe('[fd12::5]');
  expect(sharedName('loopback', home, [])).toBe('127.0.0.1');
});
