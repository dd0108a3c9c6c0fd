import type { Binding } from './credential.ts';

export type VaultKind = 'ravi' | 'local' | 'memory';

/** A vault, as a record names it. */
export interface VaultName {
  readonly vault: VaultKind;
  /** Ravi's identity uuid, or empty for a vault that has none. */
  readonly identity: string;
}

/** Where an entry lies: a vault, and its key there. */
export interface Place extends VaultName {
  readonly key: string;
}

/** Whether two names are of one vault. This machine has one alone, whether it lasts or not. */
export const sameVault = (one: VaultName, other: VaultName): boolean =>
  (one.vault === 'ravi') === (other.vault === 'ravi') && one.identity === other.identity;

const samePlace = (one: Place, other: Place): boolean => sameVault(one, other) && one.key === other.key;

/** Where a worktree's entry is, as far as it has one. */
export const placeOf = ({ vault, vaultIdentity, vaultKey }: Binding): Place => ({
  vault,
  identity: vaultIdentity,
  key: vaultKey,
});

/** The places without one of them. */
export const without = (places: readonly Place[], place: Place): readonly Place[] =>
  places.filter((one) => !samePlace(one, place));

const adding = (places: readonly Place[], place: Place): readonly Place[] => [...without(places, place), place];

/** Everywhere that an entry of this worktree is, or may be. */
export const placesOf = (binding: Binding): readonly Place[] => [
  ...(binding.vaulted ? [placeOf(binding)] : []),
  ...(binding.moveTo ? [binding.moveTo] : []),
  ...binding.left,
];

type Change = Partial<Binding>;

/** A move is given up: what it may have put there is to be deleted. */
export const moveGivenUp = ({ moveTo, left }: Binding): Change =>
  moveTo === null ? {} : { moveTo: null, left: adding(left, moveTo) };

/** The copy was read back: it is the entry from now on, and the one before is to be deleted. */
export function moveArrived(binding: Binding, moveTo: Place): Change {
  const { vault, identity: vaultIdentity, key: vaultKey } = moveTo;
  const left = without(adding(binding.left, placeOf(binding)), moveTo);
  return { vault, vaultIdentity, vaultKey, left, moveTo: null, moveTrouble: null };
}

/** There is nothing to copy: the next value is stored in the vault that is in use, and what lies elsewhere is to be deleted. */
export function entryForsaken(binding: Binding): Change {
  const given = { ...binding, ...moveGivenUp(binding) };
  return { moveTo: null, left: binding.vaulted ? adding(given.left, placeOf(binding)) : given.left, vaulted: false };
}

/** A value is about to be put into this vault; where that is another one than before, the entry there is to be deleted. */
export function entryIntended(binding: Binding, to: VaultName): Change {
  const change = { vault: to.vault, vaultIdentity: to.identity, vaulted: true, moveTo: null };
  const given = { ...binding, ...moveGivenUp(binding) };
  const moved = binding.vaulted && !sameVault(placeOf(binding), to);
  const left = moved ? adding(given.left, placeOf(binding)) : given.left;
  return { ...change, left: without(left, { ...to, key: binding.vaultKey }) };
}
