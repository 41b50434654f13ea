import http from 'node:http';

/**
 * An HTTP proxy on the loopback interface that lets requests to `allowedOrigin` through and records and refuses
 * every other one, TLS tunnels included: what a browser behind it tries to reach cannot stay unseen.
 *
 * @param {string} allowedOrigin such as `http://127.0.0.1:4173`
 * @returns {Promise<{ server: string, refused: string[], passed: () => number, close: () => Promise<void> }>}
 */
export async function startRecordingProxy(allowedOrigin) {
  const allowed = new URL(allowedOrigin);
  const refused = [];
  let passed = 0;
  const proxy = http.createServer((request, response) => {
    const target = URL.canParse(request.url) ? new URL(request.url) : null;
    if (target?.origin !== allowed.origin) {
      refused.push(`${request.method} ${request.url}`);
      response.writeHead(403).end();
      return;
    }
    passed++;
    const upstream = http.request(target, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.headersSent || response.writeHead(502).end());
    request.pipe(upstream);
  });
  proxy.on('connect', (request, socket) => {
    refused.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    server: `http://127.0.0.1:${proxy.address().port}`,
    refused,
    passed: () => passed,
    close: () =>
      new Promise((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  };
}
