import type { KernelDeclaration } from '../../../src/gpu/kernel.ts';
import { wgslInterface, type WgslInterface } from './wgsl-interface.ts';

/** What every GPU has, whatever else it has (WebGPU specification, "Limits"). */
const mostStorageBuffers = 8;

/** Every way in which a kernel's declaration and its WGSL contradict each other, a sentence each; none if they agree. */
export function kernelFaults(kernel: KernelDeclaration): string[] {
  const wgsl = wgslInterface(kernel.code);
  return [
    ...entryPointFaults(wgsl),
    ...bindingFaults(kernel, wgsl),
    ...paramFaults(kernel, wgsl),
    ...overrideFaults(kernel, wgsl),
    ...structFaults(kernel, wgsl),
  ].map((fault) => `Kernel ${kernel.name}: ${fault}.`);
}

function entryPointFaults({ entryPoints }: WgslInterface): string[] {
  if (entryPoints.length === 1 && entryPoints[0] === 'main') return [];
  return [`the one entry point must be main, the WGSL has ${entryPoints.join(', ') || 'none'}`];
}

function bindingFaults({ buffers, params }: KernelDeclaration, { bindings }: WgslInterface): string[] {
  const faults: string[] = [];
  // Names come in the order of binding numbers; the parameters are the last.
  const declared = Object.entries(buffers).map(([name, buffer]) => ({ name, type: buffer.replace('-', '_') }));
  if (Object.keys(params).length > 0) declared.push({ name: 'params', type: 'uniform' });
  if (Object.keys(buffers).length > mostStorageBuffers) {
    faults.push(
      `it has ${Object.keys(buffers).length} storage buffers, a GPU may have no more than ${mostStorageBuffers}`,
    );
  }
  for (const [number, { name, type }] of declared.entries()) {
    const found = bindings.filter((binding) => binding.name === name);
    if (found.length === 0) faults.push(`binding ${name} is declared, and the WGSL has none of that name`);
    for (const { group, binding, space, access, type: element } of found) {
      const written = space === 'storage' ? `${access} ${element}` : space;
      if (group !== 0) faults.push(`binding ${name} is in group ${group} of the WGSL, and must be in group 0`);
      if (binding !== number)
        faults.push(`binding ${name} is number ${number} as declared, and ${binding} in the WGSL`);
      if (written !== type) faults.push(`binding ${name} is ${type} as declared, and ${written} in the WGSL`);
    }
    if (found.length > 1) faults.push(`binding ${name} stands in the WGSL more than once`);
  }
  for (const { name, binding } of bindings) {
    if (declared.every((other) => other.name !== name)) {
      faults.push(`binding ${name}, number ${binding} in the WGSL, is not declared`);
    }
  }
  const uniform = bindings.find(({ space }) => space === 'uniform');
  if (uniform && uniform.type !== 'Params')
    faults.push(`binding ${uniform.name} must be of type Params, not ${uniform.type}`);
  return faults;
}

function paramFaults({ params }: KernelDeclaration, wgsl: WgslInterface): string[] {
  const faults: string[] = [];
  for (const [place, [name, type]] of Object.entries(params).entries()) {
    const found = wgsl.params.findIndex((field) => field.name === name);
    if (found === -1) {
      faults.push(`parameter ${name} is declared, and struct Params of the WGSL has none of that name`);
      continue;
    }
    const written = wgsl.params[found]!.type;
    if (found !== place) faults.push(`parameter ${name} is field ${place} as declared, and ${found} in the WGSL`);
    if (written !== type) faults.push(`parameter ${name} is ${type} as declared, and ${written} in the WGSL`);
  }
  for (const { name } of wgsl.params) {
    if (!Object.hasOwn(params, name)) faults.push(`parameter ${name} of the WGSL is not declared`);
  }
  return faults;
}

function structFaults({ structs = {} }: KernelDeclaration, wgsl: WgslInterface): string[] {
  return Object.entries(structs).flatMap(([struct, fields]) => {
    const shown = (list: readonly { readonly name: string; readonly type: string }[]): string =>
      list.map(({ name, type }) => `${name}: ${type}`).join(', ');
    const declared = shown(Object.entries(fields).map(([name, type]) => ({ name, type })));
    const written = shown(wgsl.structs[struct] ?? []);
    return declared === written
      ? []
      : [`struct ${struct} is { ${declared} } as declared, and { ${written} } in the WGSL`];
  });
}

function overrideFaults({ overrides }: KernelDeclaration, wgsl: WgslInterface): string[] {
  const faults: string[] = [];
  for (const [name, type] of Object.entries(overrides)) {
    const found = wgsl.overrides.find((override) => override.name === name);
    if (!found) faults.push(`override ${name} is declared, and the WGSL has none of that name`);
    else if (found.type !== type) faults.push(`override ${name} is ${type} as declared, and ${found.type} in the WGSL`);
  }
  for (const { name, value } of wgsl.overrides) {
    const isDeclared = Object.hasOwn(overrides, name);
    // The host sets all that have no value, and a value that it would set over would be there to mislead.
    if (value === null && !isDeclared) faults.push(`override ${name} of the WGSL has no value and is not declared`);
    if (value !== null && isDeclared) {
      faults.push(`override ${name} is declared, and has the value ${value} in the WGSL, which is never used`);
    }
    if (
      value !== null &&
      !isDeclared &&
      !wgsl.overrides.some((other) => new RegExp(`\\b${other.name}\\b`).test(value))
    ) {
      faults.push(`override ${name} of the WGSL is made of no other override, and not declared`);
    }
  }
  return faults;
}
