// Uploads a file with tus-js-client, is cut off on the way, and goes on; then
// uploads it again. It prints at which byte it went on.
//
//   node upload.mjs ENDPOINT TOKEN FILE SHA256 UNIT
import { readFileSync } from 'node:fs';
import { Upload } from 'tus-js-client';

const [endpoint, token, path, sha256, unit] = process.argv.slice(2);
const file = readFileSync(path);

function run(options, cutAt = Infinity) {
  return new Promise((resolve, reject) => {
    const seen = { requests: [] };
    const upload = new Upload(file, {
      endpoint,
      headers: { Authorization: `Bearer ${token}` },
      metadata: { sha256, unit, type: 'image/jpeg' },
      chunkSize: 50_000,
      retryDelays: [0, 100],
      onError: reject,
      onSuccess: () => resolve({ ...seen, url: upload.url }),
      onAfterResponse: (request, response) => {
        seen.requests.push(`${request.getMethod()} ${response.getStatus()}`);
        seen.wentOnAt ??= request.getMethod() === 'HEAD' ? Number(response.getHeader('Upload-Offset')) : undefined;
      },
      onChunkComplete: (_, offset) => {
        if (offset >= cutAt) {
          upload.abort().then(() => resolve({ ...seen, url: upload.url }), reject);
        }
      },
      ...options,
    });
    upload.start();
  });
}

const first = await run({}, 100_000);
const second = await run({ uploadUrl: first.url });
const again = await run({});
console.log(JSON.stringify({ wentOnAt: second.wentOnAt, second: second.requests, again: again.requests }));
