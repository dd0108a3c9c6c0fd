import { join } from 'node:path';
import { call } from '../base/http-call.ts';
import { pinnedFetch } from './certificate.ts';
import { DataFolder, safeId } from './data-folder.ts';
import { readAnswer } from './protocol.ts';
import { type RunLog, readRunLog, runLogOf } from './run-log.ts';
import type { JeanEndpoint } from './socket.ts';
import { type Metadata, metadata } from './stored-session.ts';
import { eitherWay, withToken } from './token-way.ts';

/** What Jean keeps of its sessions' runs (contract jean §6), wherever it runs. */
export interface RunFiles {
  /** How many sessions may be looked up at a time. */
  readonly most: number;
  /** @throws JeanError */
  session(id: string, signal: AbortSignal): Promise<Metadata | null>;
  log(sessionId: string, runId: string, signal: AbortSignal): Promise<RunLog | null>;
}

/** From its data folder on this machine. */
export function localRunFiles(folder: string): RunFiles {
  const files = new DataFolder(folder);
  return {
    most: 100,
    session: (id) => files.session(id),
    log: async (sessionId, runId) =>
      safeId.test(runId) ? await readRunLog(join(files.sessionFolder(sessionId), `${runId}.jsonl`)) : null,
  };
}

/** A log that is longer is passed over: it comes whole, though only its end is looked at. Bytes. */
const longestLog = 4 * 1024 * 1024;

/** By `/api/files`, which gives what is below the data folder (contract jean §1). */
export function servedRunFiles(endpoint: JeanEndpoint, fetch: typeof globalThis.fetch, now: () => number): RunFiles {
  const { url, token, certificate } = endpoint;
  const get = async (path: string, signal: AbortSignal): Promise<string | null> => {
    const address = new URL(`api/files/sessions/data/${path}`, url.endsWith('/') ? url : `${url}/`);
    const by = certificate === undefined ? fetch : pinnedFetch(certificate);
    const answer = await eitherWay(
      token,
      () => call(by, { ...withToken(address, token), method: 'GET', signal, timeoutMs: 5_000, maxBytes: longestLog }),
      ({ status }) => status === 401,
    );
    return answer.status === 200 ? answer.text : null;
  };
  return {
    most: 20,
    async session(id, signal) {
      const text = safeId.test(id) ? await get(`${id}/metadata.json`, signal) : null;
      return text === null ? null : readAnswer(metadata, parsed(text), 'metadata.json');
    },
    async log(sessionId, runId, signal) {
      if (!safeId.test(sessionId) || !safeId.test(runId)) return null;
      const text = await get(`${sessionId}/${runId}.jsonl`, signal);
      return text === null ? null : runLogOf(text, now());
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its own words may quote the file.
    return undefined;
  }
}
