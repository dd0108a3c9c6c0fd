import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** For tests: a server in Jean's place that answers as a test wants, and remembers what came. */
export class FakeUpstream {
  readonly requests: IncomingMessage[] = [];

  private constructor(readonly server: Server) {}

  static async start(answer: RequestListener = usual): Promise<FakeUpstream> {
    const server = createServer();
    const fake = new FakeUpstream(server);
    server.on('request', (request: IncomingMessage, response) => {
      fake.requests.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

const usual: RequestListener = (request, response) => {
  request.resume().on('end', () => {
    const isApi = request.url?.startsWith('/api/') === true;
    response.writeHead(200, {
      'content-type': isApi ? 'application/json' : 'text/html',
      server: 'fake',
      'set-cookie': 'of=jean',
    });
    response.end(isApi ? '{"ok":true,"webBuildId":"fake"}' : '<!doctype html><script>boot()</script>');
  });
};
