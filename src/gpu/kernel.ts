import { GpuLimitError, messageOf } from '../errors.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import type { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import { packParams, type ParamType } from './pack-params.ts';
import { wgslOf } from './wgsl-text.ts';

/**
 * The interface between host code and a kernel's WGSL. Its names are those of the WGSL; a unit test compares the two,
 * so that they cannot drift apart. Kernels that share WGSL compose their declarations from shared objects.
 */
export interface KernelDeclaration {
  /** The file's name without `.wgsl`. */
  readonly name: string;
  /** WGSL source with one entry point, `main`, or placeholders that `wgslOf` replaces by it (`wgsl-text.ts`). */
  readonly code: string;
  /**
   * Storage bindings of `@group(0)` in the order of their numbers, which start at 0: access and type. After them comes
   * the uniform binding `params`, where there are parameters.
   */
  readonly buffers: Readonly<Record<string, `${'read' | 'read-write'} array<${string}>`>>;
  /** The fields of `struct Params`, in order; empty for a kernel without parameters. */
  readonly params: Readonly<Record<string, ParamType>>;
  /**
   * Every `override` without an initializer in the WGSL. The others are derived from these; the host never sets them.
   */
  readonly overrides: Readonly<Record<string, OverrideType>>;
  /** Structs of scalars that the host writes into buffers: their fields in order. */
  readonly structs?: Readonly<Record<string, Readonly<Record<string, ParamType>>>>;
}

/** Types that an override may have. */
export type OverrideType = 'u32' | 'f32' | 'bool';

/** A value for every override of a kernel. */
export type OverrideValues<Declared extends KernelDeclaration> = {
  readonly [Name in keyof Declared['overrides']]: OverrideValue<Declared['overrides'][Name]>;
};

type OverrideValue<Type extends OverrideType> = Type extends 'bool' ? boolean : number;

/** One dispatch. */
export interface KernelCall<Declared extends KernelDeclaration> {
  /** A buffer or a range of one for each storage binding. */
  readonly buffers: { readonly [Name in keyof Declared['buffers']]: BufferRange };
  readonly params: { readonly [Name in keyof Declared['params']]: number };
  readonly overrides: OverrideValues<Declared>;
  /**
   * The number of workgroups. A count above the limit of one dimension is laid out in two (`workgroupGrid`): the kernel
   * computes `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignores workgroups past the end.
   */
  readonly workgroups: number;
}

/** Declares a kernel; the types of its calls are inferred from the declaration. */
export function defineKernel<const Declared extends KernelDeclaration>(declaration: Declared): Kernel<Declared> {
  return new Kernel(declaration);
}

/** A compute kernel, compiled once per device and set of overrides. Calls use the names of its declaration. */
export class Kernel<Declared extends KernelDeclaration = KernelDeclaration> {
  readonly declaration: Declared;
  readonly #compiled = new WeakMap<GpuDevice, CompiledKernel>();

  constructor(declaration: Declared) {
    this.declaration = declaration;
  }

  /**
   * Compiles before the first `encode`, off the calling thread if the browser supports that. A second call returns at
   * once.
   *
   * @throws {Error} the shader does not compile (the message has the WGSL line), or an override is unknown or missing
   * @throws {DeviceLostError} the device was lost before the pipeline was ready
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
      // Called once per module: in Chromium 147 a second getCompilationInfo() of the same module never settles.
      compiled.info ??= compiled.module.getCompilationInfo();
      const { messages } = await gpu.orLost(compiled.info);
      const { name } = this.declaration;
      const lines = messages.map(({ lineNum, message }) => `\n${name}.wgsl:${lineNum}: ${message}`);
      throw new Error(`Internal: kernel ${label} has no pipeline: ${messageOf(cause)}${lines.join('')}`, { cause });
    }
  }

  /**
   * Encodes one dispatch. Compiles synchronously if `compile` has not run for these overrides.
   *
   * @throws {GpuLimitError} a binding is larger than the device allows
   * @throws {Error} names a buffer, parameter or override that is unknown or missing
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

  /** The label includes the overrides, so it serves as the key of the compiled pipeline. */
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

/** `GPUShaderStage.COMPUTE`; the global may be missing where a `GPU` is handed in from outside. */
const shaderStageCompute = 0x4;

function hasParams({ params }: KernelDeclaration): boolean {
  return Object.keys(params).length > 0;
}

/** The type of each binding, in the order of their numbers. */
function bindingTypes(declaration: KernelDeclaration): GPUBufferBindingType[] {
  const types = Object.values(declaration.buffers).map((buffer) =>
    buffer.startsWith('read-write ') ? ('storage' as const) : ('read-only-storage' as const),
  );
  return hasParams(declaration) ? [...types, 'uniform'] : types;
}

/** @throws {Error} names what is given but not declared, or declared but not given */
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
 * Lays out `count` workgroups in as few rows as the limit per dimension allows. The grid may hold more than `count`
 * workgroups: a kernel computes `workgroup_id.y * num_workgroups.x + workgroup_id.x` and checks it against its count.
 *
 * @throws {GpuLimitError} `count` exceeds what two dimensions can hold
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
