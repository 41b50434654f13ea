import { GpuLimitError, messageOf } from '../errors.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import type { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import { packParams, type ParamType } from './pack-params.ts';
import { wgslOf } from './wgsl-text.ts';

/**
 * What host and WGSL agree on, written once. Names are the WGSL's; a unit test compares both, so that neither can change
 * alone. Kernels that share WGSL compose their declarations from shared objects as well.
 */
export interface KernelDeclaration {
  /** The file's name without `.wgsl`. */
  readonly name: string;
  /** WGSL source with one entry point, `main`; or what stands for it (`wgsl-text.ts`). */
  readonly code: string;
  /**
   * Storage bindings of `@group(0)` in the order of their numbers, which start at 0: access and type. After them comes
   * the uniform binding `params`, where there are parameters.
   */
  readonly buffers: Readonly<Record<string, `${'read' | 'read-write'} array<${string}>`>>;
  /** The fields of `struct Params` in their order; none for a kernel without parameters. */
  readonly params: Readonly<Record<string, ParamType>>;
  /** Every `override` without a value in the WGSL. One that has a value is made of these and not the host's to set. */
  readonly overrides: Readonly<Record<string, OverrideType>>;
  /** Structs of scalars that the host writes into buffers: their fields in order. */
  readonly structs?: Readonly<Record<string, Readonly<Record<string, ParamType>>>>;
}

/** Types that an override may have here. */
export type OverrideType = 'u32' | 'f32' | 'bool';

/** A value for every override of a kernel. */
export type OverrideValues<Declared extends KernelDeclaration> = {
  readonly [Name in keyof Declared['overrides']]: OverrideValue<Declared['overrides'][Name]>;
};

type OverrideValue<Type extends OverrideType> = Type extends 'bool' ? boolean : number;

/** One dispatch. */
export interface KernelCall<Declared extends KernelDeclaration> {
  /** A buffer, or a part of one, for each storage binding. */
  readonly buffers: { readonly [Name in keyof Declared['buffers']]: BufferRange };
  readonly params: { readonly [Name in keyof Declared['params']]: number };
  readonly overrides: OverrideValues<Declared>;
  /**
   * How many workgroups, laid out in two dimensions where one is not enough (`workgroupGrid`): the kernel takes
   * `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignores those past the end.
   */
  readonly workgroups: number;
}

/** Declares a kernel; the types of its calls follow from the declaration. */
export function defineKernel<const Declared extends KernelDeclaration>(declaration: Declared): Kernel<Declared> {
  return new Kernel(declaration);
}

/** A compute kernel, compiled once per device and set of overrides, encoded by the names of its declaration. */
export class Kernel<Declared extends KernelDeclaration = KernelDeclaration> {
  readonly declaration: Declared;
  readonly #compiled = new WeakMap<GpuDevice, CompiledKernel>();

  constructor(declaration: Declared) {
    this.declaration = declaration;
  }

  /**
   * Compiles ahead of the first `encode`, off the calling thread where the browser can; a second call is free.
   *
   * @throws {Error} with the WGSL line, if the shader does not compile; by name, if an override is unknown or missing
   * @throws {DeviceLostError} the device was lost meanwhile
   */
  async compile(gpu: GpuDevice, overrides: OverrideValues<Declared>): Promise<void> {
    gpu.throwIfUnusable();
    const compiled = this.#compiledFor(gpu);
    const descriptor = this.#pipelineDescriptor(compiled, overrides);
    const { label } = descriptor;
    if (compiled.pipelines.has(label)) return;
    try {
      compiled.pipelines.set(label, await gpu.orLost(gpu.device.createComputePipelineAsync(descriptor)));
    } catch (cause) {
      gpu.throwIfUnusable();
      // Asked once: in Chromium 147 a second getCompilationInfo() of one module never settles.
      compiled.info ??= compiled.module.getCompilationInfo();
      const { messages } = await gpu.orLost(compiled.info);
      const { name } = this.declaration;
      const lines = messages.map(({ lineNum, message }) => `\n${name}.wgsl:${lineNum}: ${message}`);
      throw new Error(`Internal: kernel ${label} has no pipeline: ${messageOf(cause)}${lines.join('')}`, { cause });
    }
  }

  /**
   * Encodes one dispatch. Compiles in place if `compile` has not run for these overrides.
   *
   * @throws {GpuLimitError} a binding larger than the device allows
   * @throws {Error} naming a buffer, a parameter or an override that the kernel does not have, or that is missing
   */
  encode(commands: CommandBatch, call: KernelCall<Declared>): void {
    const { name: kernel, buffers: declaredBuffers, params: declaredParams } = this.declaration;
    const buffers: Readonly<Record<string, BufferRange>> = call.buffers;
    requireNames({ kernel, kind: 'buffer', declared: declaredBuffers, given: buffers });
    requireNames({ kernel, kind: 'parameter', declared: declaredParams, given: call.params });
    const { gpu } = commands;
    const compiled = this.#compiledFor(gpu);
    const descriptor = this.#pipelineDescriptor(compiled, call.overrides);
    const [columns, rows] = workgroupGrid(call.workgroups, gpu);
    if (columns === 0) return;
    let pipeline = compiled.pipelines.get(descriptor.label);
    if (!pipeline) {
      pipeline = gpu.device.createComputePipeline(descriptor);
      compiled.pipelines.set(descriptor.label, pipeline);
    }
    const resources = Object.keys(declaredBuffers).map((name) => this.#storageBinding(gpu, name, buffers[name]!));
    if (hasParams(this.declaration)) resources.push(commands.writeUniform(packParams(declaredParams, call.params)));
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const { pass } = commands;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.device.createBindGroup({ label: kernel, layout: compiled.bindGroupLayout, entries }));
    pass.dispatchWorkgroups(columns, rows);
  }

  #storageBinding(gpu: GpuDevice, name: string, range: BufferRange): GPUBufferBinding {
    const resolved = resolveRange(range);
    const { maxStorageBufferBindingSize } = gpu.limits;
    if (resolved.size > maxStorageBufferBindingSize) {
      throw new GpuLimitError(
        `Kernel ${this.declaration.name}: ${name} needs a binding of ${resolved.size} bytes, this GPU allows ` +
          `${maxStorageBufferBindingSize}. Use fewer factors or rows, or the cpu back end.`,
      );
    }
    return resolved;
  }

  #compiledFor(gpu: GpuDevice): CompiledKernel {
    let compiled = this.#compiled.get(gpu);
    if (!compiled) {
      const { device } = gpu;
      const { name: label, code } = this.declaration;
      const bindGroupLayout = device.createBindGroupLayout({
        label,
        entries: bindingTypes(this.declaration).map((type, binding) => ({
          binding,
          visibility: shaderStageCompute,
          buffer: { type },
        })),
      });
      compiled = {
        module: device.createShaderModule({ label, code: wgslOf(code) }),
        bindGroupLayout,
        pipelineLayout: device.createPipelineLayout({ label, bindGroupLayouts: [bindGroupLayout] }),
        pipelines: new Map(),
        info: null,
      };
      this.#compiled.set(gpu, compiled);
    }
    return compiled;
  }

  /** The label tells the overrides too, and so is the key of the compiled pipeline. */
  #pipelineDescriptor(compiled: CompiledKernel, overrides: Readonly<Record<string, number | boolean>>) {
    const { name: kernel, overrides: declared } = this.declaration;
    requireNames({ kernel, kind: 'override', declared, given: overrides });
    const constants = Object.fromEntries(Object.keys(declared).map((name) => [name, Number(overrides[name])]));
    return {
      label: `${kernel} ${JSON.stringify(constants)}`,
      layout: compiled.pipelineLayout,
      compute: { module: compiled.module, entryPoint: 'main', constants },
    } satisfies GPUComputePipelineDescriptor;
  }
}

interface CompiledKernel {
  readonly module: GPUShaderModule;
  readonly bindGroupLayout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
  readonly pipelines: Map<string, GPUComputePipeline>;
  info: Promise<GPUCompilationInfo> | null;
}

/** `GPUShaderStage.COMPUTE`; the global is missing where WebGPU is handed in from outside. */
const shaderStageCompute = 0x4;

function hasParams({ params }: KernelDeclaration): boolean {
  return Object.keys(params).length > 0;
}

/** The type of each binding, by number. */
function bindingTypes(declaration: KernelDeclaration): GPUBufferBindingType[] {
  const types = Object.values(declaration.buffers).map((buffer) =>
    buffer.startsWith('read-write ') ? ('storage' as const) : ('read-only-storage' as const),
  );
  return hasParams(declaration) ? [...types, 'uniform'] : types;
}

/** @throws {Error} naming what is given without being declared, or declared without being given */
function requireNames(names: {
  readonly kernel: string;
  readonly kind: 'buffer' | 'parameter' | 'override';
  readonly declared: Readonly<Record<string, unknown>>;
  readonly given: Readonly<Record<string, unknown>>;
}): void {
  const { kernel, kind, declared, given } = names;
  const list = Object.keys(declared);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    throw new Error(
      `Internal: kernel ${kernel} has no ${kind} ${name}; it has ${list.length > 0 ? list.join(', ') : 'none'}.`,
    );
  }
  for (const name of list) {
    if (given[name] === undefined) {
      throw new Error(`Internal: kernel ${kernel} was given no ${kind} ${name}; it needs ${list.join(', ')}.`);
    }
  }
}

/**
 * Lays `count` workgroups out in as few rows as the limit per dimension allows. The grid may hold more than `count`:
 * a kernel computes `workgroup_id.y * num_workgroups.x + workgroup_id.x` and checks it against its count.
 *
 * @throws {GpuLimitError} more than two dimensions can hold
 */
export function workgroupGrid(count: number, gpu: Pick<GpuDevice, 'limits'>): readonly [number, number] {
  const most = gpu.limits.maxComputeWorkgroupsPerDimension;
  if (count <= most) return [count, 1];
  const rows = Math.ceil(count / most);
  if (rows > most) {
    throw new GpuLimitError(`A dispatch of ${count} workgroups is above this GPU's ${most} × ${most}.`);
  }
  return [Math.ceil(count / rows), rows];
}
