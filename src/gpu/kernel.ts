import { GpuLimitError, messageOf } from '../errors.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import type { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import type { UniformFields, UniformStruct, UniformValues } from './uniform-struct.ts';
import { wgslOf } from './wgsl-text.ts';

/** How a kernel uses a binding; `uniform` is the parameter struct. */
export type BindingAccess = 'read' | 'read-write' | 'uniform';

/** Bindings by the WGSL variable's name; the declaration order is `@binding(0)`, `@binding(1)`, … of `@group(0)`. */
export type KernelBindings = Readonly<Record<string, BindingAccess>>;

/** WGSL `override` constants by name, with their WGSL type. */
export type KernelOverrides = Readonly<Record<string, 'u32' | 'i32' | 'f32' | 'bool'>>;

type StorageName<Bindings extends KernelBindings> = {
  [Name in keyof Bindings]: Bindings[Name] extends 'uniform' ? never : Name;
}[keyof Bindings];

/** Declaration of a kernel: one WGSL entry point named `main` and its host half. */
export interface KernelDescriptor<
  Bindings extends KernelBindings,
  Fields extends UniformFields,
  Overrides extends KernelOverrides,
> {
  /** The file's name without `.wgsl`. */
  readonly label: string;
  /** WGSL source. */
  readonly code: string;
  readonly bindings: Bindings;
  /** The struct of the binding with access `uniform`. */
  readonly params: UniformStruct<Fields>;
  readonly overrides: Overrides;
}

/** One dispatch. */
export interface KernelCall<
  Bindings extends KernelBindings,
  Fields extends UniformFields,
  Overrides extends KernelOverrides,
> {
  /** A buffer, or a part of one, for each storage binding. */
  readonly buffers: { readonly [Name in StorageName<Bindings>]: BufferRange };
  readonly params: UniformValues<Fields>;
  readonly overrides: OverrideValues<Overrides>;
  /**
   * How many workgroups, laid out in two dimensions where one is not enough (`workgroupGrid`): the kernel takes
   * `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignores those past the end.
   */
  readonly workgroups: number;
}

/** A value for every override of a kernel. */
export type OverrideValues<Overrides extends KernelOverrides> = { readonly [Name in keyof Overrides]: number };

/** A compute kernel: compiled once per device and set of overrides, encoded by binding name. */
export class Kernel<
  const Bindings extends KernelBindings = KernelBindings,
  const Fields extends UniformFields = UniformFields,
  const Overrides extends KernelOverrides = KernelOverrides,
> {
  readonly label: string;
  readonly code: string;
  readonly bindings: Bindings;
  readonly params: UniformStruct<Fields>;
  readonly overrides: Overrides;
  readonly #compiled = new WeakMap<GpuDevice, CompiledKernel>();

  constructor(descriptor: KernelDescriptor<Bindings, Fields, Overrides>) {
    this.label = descriptor.label;
    this.code = descriptor.code;
    this.bindings = descriptor.bindings;
    this.params = descriptor.params;
    this.overrides = descriptor.overrides;
  }

  /**
   * Compiles ahead of the first `encode`, off the calling thread where the browser can; a second call is free.
   *
   * @throws {Error} with the WGSL line, if the shader does not compile
   * @throws {DeviceLostError} the device was lost meanwhile
   */
  async compile(gpu: GpuDevice, overrides: OverrideValues<Overrides>): Promise<void> {
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
      const lines = messages.map(({ lineNum, message }) => `\n${this.label}.wgsl:${lineNum}: ${message}`);
      throw new Error(`Internal: kernel ${label} has no pipeline: ${messageOf(cause)}${lines.join('')}`, { cause });
    }
  }

  /**
   * Encodes one dispatch. Compiles in place if `compile` has not run for these overrides.
   *
   * @throws {GpuLimitError} a binding larger than the device allows
   */
  encode(commands: CommandBatch, call: KernelCall<Bindings, Fields, Overrides>): void {
    const { gpu } = commands;
    const [columns, rows] = workgroupGrid(call.workgroups, gpu);
    if (columns === 0) return;
    const compiled = this.#compiledFor(gpu);
    const descriptor = this.#pipelineDescriptor(compiled, call.overrides);
    let pipeline = compiled.pipelines.get(descriptor.label);
    if (!pipeline) {
      pipeline = gpu.device.createComputePipeline(descriptor);
      compiled.pipelines.set(descriptor.label, pipeline);
    }
    const buffers = call.buffers as Readonly<Record<string, BufferRange>>;
    const entries = Object.entries(this.bindings).map(([name, access], binding) => ({
      binding,
      resource:
        access === 'uniform'
          ? commands.writeUniform(this.params.pack(call.params))
          : this.#storageBinding(gpu, name, buffers[name]!),
    }));
    const { pass } = commands;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.device.createBindGroup({ label: this.label, layout: compiled.bindGroupLayout, entries }));
    pass.dispatchWorkgroups(columns, rows);
  }

  #storageBinding(gpu: GpuDevice, name: string, range: BufferRange): GPUBufferBinding {
    const resolved = resolveRange(range);
    const { maxStorageBufferBindingSize } = gpu.limits;
    if (resolved.size > maxStorageBufferBindingSize) {
      throw new GpuLimitError(
        `Kernel ${this.label}: ${name} needs a binding of ${resolved.size} bytes, this GPU allows ` +
          `${maxStorageBufferBindingSize}. Use fewer factors or rows, or the cpu back end.`,
      );
    }
    return resolved;
  }

  #compiledFor(gpu: GpuDevice): CompiledKernel {
    let compiled = this.#compiled.get(gpu);
    if (!compiled) {
      const { device } = gpu;
      const bindGroupLayout = device.createBindGroupLayout({
        label: this.label,
        entries: Object.values(this.bindings).map((access, binding) => ({
          binding,
          visibility: shaderStageCompute,
          buffer: { type: layoutTypes[access] },
        })),
      });
      compiled = {
        module: device.createShaderModule({ label: this.label, code: wgslOf(this.code) }),
        bindGroupLayout,
        pipelineLayout: device.createPipelineLayout({ label: this.label, bindGroupLayouts: [bindGroupLayout] }),
        pipelines: new Map(),
        info: null,
      };
      this.#compiled.set(gpu, compiled);
    }
    return compiled;
  }

  /** The label tells the overrides too, and so is the key of the compiled pipeline. */
  #pipelineDescriptor(compiled: CompiledKernel, overrides: OverrideValues<Overrides>) {
    // Only its own: callers may hand one set of overrides to several kernels.
    const constants = Object.fromEntries(Object.keys(this.overrides).map((name) => [name, overrides[name]!]));
    return {
      label: `${this.label} ${JSON.stringify(constants)}`,
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

const layoutTypes = { read: 'read-only-storage', 'read-write': 'storage', uniform: 'uniform' } as const;

/** Declares a kernel. */
export function defineKernel<
  const Bindings extends KernelBindings,
  const Fields extends UniformFields,
  const Overrides extends KernelOverrides,
>(descriptor: KernelDescriptor<Bindings, Fields, Overrides>): Kernel<Bindings, Fields, Overrides> {
  return new Kernel(descriptor);
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
