import type { ParamField } from './pack-params.ts';

/** What a kernel's WGSL says of its host's part. */
export interface KernelInterface {
  /** `@group(0)`, by binding number. */
  readonly bindings: readonly { readonly name: string; readonly type: GPUBufferBindingType }[];
  /** The fields of `struct Params`, in order. */
  readonly params: readonly ParamField[];
  readonly overrides: ReadonlySet<string>;
}

/** Reads a kernel's interface from its WGSL, so that it is written in one place. */
export function kernelInterface(code: string): KernelInterface {
  const bindings: { name: string; type: GPUBufferBindingType }[] = [];
  for (const [, number, space, access, name] of code.matchAll(/@binding\((\d+)\)\s*var<(\w+)(?:, *(\w+))?> *(\w+)/g)) {
    const storage = access === 'read_write' ? 'storage' : 'read-only-storage';
    bindings[Number(number)] = { name: name!, type: space === 'uniform' ? space : storage };
  }
  const fields = /struct Params *{([^}]*)}/.exec(code)?.[1] ?? '';
  return {
    bindings,
    params: [...fields.matchAll(/(\w+) *: *([uf]32)/g)].map(([, name, type]) => ({
      name: name!,
      isFloat: type === 'f32',
    })),
    overrides: new Set(Array.from(code.matchAll(/override (\w+)/g), ([, name]) => name!)),
  };
}
