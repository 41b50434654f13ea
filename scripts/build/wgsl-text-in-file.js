/** Takes the place of `src/gpu/wgsl-text.ts` in the SDK, whose shaders are in a file of their own (`wgsl-plugins.mjs`). */

/** @type {Map<string, string>} */
const sources = new Map();

export async function loadWgsl() {
  const response = await fetch(new URL('./shaders.wgsl', import.meta.url));
  if (!response.ok) throw new Error(`shaders.wgsl: ${response.status}`);
  const [, ...parts] = (await response.text()).split(/^@source (.+)\n/m);
  for (let index = 0; index < parts.length; index += 2) sources.set(parts[index], parts[index + 1]);
}

export function wgslOf(code) {
  return code.replace(/@source (.+)\n/g, (_, name) => sources.get(name));
}
