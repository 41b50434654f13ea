/** `npm start`: builds the page and serves it with the headers that a real host should send. */
import { build, preview } from 'vite';

console.log('Building the page …');
await build({ logLevel: 'warn' });
let server;
try {
  server = await preview();
} catch (error) {
  if (!/already in use/.test(String(error))) throw error;
  console.error('Port 4173 is taken: stop what runs there, or serve the build with "npx vite preview --port 4174".');
  process.exit(1);
}
const address = `http://localhost:${server.config.preview.port}`;
console.log(`
Pocketrec is at ${address}

  1. Tap at least five films you know.
  2. Read your rows; rate, like or dislike: they change at once.
  3. Open "Train on this device" to train the model yourself.

  ${address}/?backend=webgpu   asks for the GPU, ?backend=cpu for the CPU.
  Ctrl+C stops the server. What you rate stays in this browser.
`);
