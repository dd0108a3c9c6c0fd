import type { Grants } from './remote-access/grants.ts';
import type { JeanTokens } from './remote-access/jean-token.ts';
import { forgetSelfSigned } from './remote-access/self-signed.ts';
import type { SecretBox } from './storage/secret-box.ts';

export interface RemoteEndingOptions {
  readonly grants: Pick<Grants, 'views' | 'revoke'>;
  readonly tokens: Pick<JeanTokens, 'ids' | 'forget'>;
  readonly box: Pick<SecretBox, 'delete'>;
  readonly isWatched: (instanceId: string) => boolean;
  readonly log: (message: string) => void;
}

/** Part of the roof: what remote access to a Jean takes with it when it ends. */
export class RemoteEnding {
  readonly #o: RemoteEndingOptions;

  constructor(options: RemoteEndingOptions) {
    this.#o = options;
  }

  /** A Jean is shared no more: its token leaves the vault. Never throws; {@link lookAgain} carries on. */
  async forgetToken(instanceId: string): Promise<void> {
    try {
      await this.#o.tokens.forget(instanceId);
    } catch (error) {
      this.#o.log(`Jean’s token (${instanceId}) could not be taken out of the vault: ${String(error)}`);
    }
  }

  /** A Jean is watched no more: grants that lead to no other one end, and its token is forgotten. */
  async forgetJean(instanceId: string): Promise<void> {
    const { grants, isWatched } = this.#o;
    const leadingNowhere = grants
      .views()
      .filter(({ instanceIds }) => instanceIds.includes(instanceId) && !instanceIds.some(isWatched))
      .map(({ id }) => id);
    grants.revoke(leadingNowhere);
    await this.forgetToken(instanceId);
  }

  /** Tokens that should be gone, and were not when it was tried: the app was cut off, or the vault was away. */
  async lookAgain(isShared: (instanceId: string) => boolean): Promise<void> {
    const { isWatched, tokens } = this.#o;
    for (const id of tokens.ids()) if (!isWatched(id) || !isShared(id)) await this.forgetToken(id);
  }

  /** The key of a certificate that was made here is not for keeping. */
  async forgetCertificate(): Promise<void> {
    await forgetSelfSigned(this.#o.box).catch((error: unknown) =>
      this.#o.log(`The gateway’s certificate could not be deleted: ${String(error)}`),
    );
  }
}
