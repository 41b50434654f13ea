import { GpuLimitError, messageOf } from '../errors.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import type { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import { type KernelInterface, kernelInterface } from './kernel-interface.ts';
import { packParams } from './pack-params.ts';
import { wgslOf } from './wgsl-text.ts';

/** The names that a kernel's WGSL gives to what the host fills in; unions of string literals. */
export interface KernelNames {
  /** Storage bindings of `@group(0)`. */
  readonly buffers: string;
  /** Fields of `struct Params`, the type of the one uniform binding. */
  readonly params: string;
  /** `override` constants that the host sets. */
  readonly overrides: string;
}

/** One dispatch. */
export interface KernelCall<Names extends KernelNames> {
  /** A buffer, or a part of one, for each storage binding. */
  readonly buffers: { readonly [Name in Names['buffers']]: BufferRange };
  readonly params: { readonly [Name in Names['params']]: number };
  readonly overrides: OverrideValues<Names>;
  /**
   * How many workgroups, laid out in two dimensions where one is not enough (`workgroupGrid`): the kernel takes
   * `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignores those past the end.
   */
  readonly workgroups: number;
}

/** A value for every override of a kernel. */
export type OverrideValues<Names extends KernelNames> = { readonly [Name in Names['overrides']]: number };

/**
 * A compute kernel: one WGSL entry point named `main`, compiled once per device and set of overrides, encoded by the
 * names that its WGSL gives to bindings, parameters and overrides.
 */
export class Kernel<Names extends KernelNames = KernelNames> {
  /** The file's name without `.wgsl`. */
  readonly label: string;
  /** WGSL source, or what stands for it. */
  readonly code: string;
  readonly #compiled = new WeakMap<GpuDevice, CompiledKernel>();

  constructor(label: string, code: string) {
    this.label = label;
    this.code = code;
  }

  /**
   * Compiles ahead of the first `encode`, off the calling thread where the browser can; a second call is free.
   *
   * @throws {Error} with the WGSL line, if the shader does not compile
   * @throws {DeviceLostError} the device was lost meanwhile
   */
  async compile(gpu: GpuDevice, overrides: OverrideValues<Names>): Promise<void> {
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
  encode(commands: CommandBatch, call: KernelCall<Names>): void {
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
    const buffers: Readonly<Record<string, BufferRange>> = call.buffers;
    const entries = compiled.bindings.map(({ name, type }, binding) => ({
      binding,
      resource:
        type === 'uniform'
          ? commands.writeUniform(packParams(compiled.params, call.params))
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
      const code = wgslOf(this.code);
      const described = kernelInterface(code);
      const bindGroupLayout = device.createBindGroupLayout({
        label: this.label,
        entries: described.bindings.map(({ type }, binding) => ({
          binding,
          visibility: shaderStageCompute,
          buffer: { type },
        })),
      });
      compiled = {
        ...described,
        module: device.createShaderModule({ label: this.label, code }),
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
  #pipelineDescriptor(compiled: CompiledKernel, overrides: Readonly<Record<string, number>>) {
    // Only its own: callers may hand one set of overrides to several kernels.
    const constants = Object.fromEntries(Object.entries(overrides).filter(([name]) => compiled.overrides.has(name)));
    return {
      label: `${this.label} ${JSON.stringify(constants)}`,
      layout: compiled.pipelineLayout,
      compute: { module: compiled.module, entryPoint: 'main', constants },
    } satisfies GPUComputePipelineDescriptor;
  }
}

interface CompiledKernel extends KernelInterface {
  readonly module: GPUShaderModule;
  readonly bindGroupLayout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
  readonly pipelines: Map<string, GPUComputePipeline>;
  info: Promise<GPUCompilationInfo> | null;
}

/** `GPUShaderStage.COMPUTE`; the global is missing where WebGPU is handed in from outside. */
const shaderStageCompute = 0x4;

/** Declares a kernel; the names that its WGSL gives are the type's. */
export function defineKernel<Names extends KernelNames>(label: string, code: string): Kernel<Names> {
  return new Kernel(label, code);
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
