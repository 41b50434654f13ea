/** What a kernel's WGSL says of its host's part; names and types as they are written. */
export interface WgslInterface {
  /** Every resource variable, in the order of the text. */
  readonly bindings: readonly WgslBinding[];
  /** The fields of `struct Params`, in order. */
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly overrides: readonly WgslOverride[];
  /** Every struct by name; its fields in order. */
  readonly structs: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  /** Functions with `@compute`. */
  readonly entryPoints: readonly string[];
}

export interface WgslBinding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  /** `storage` or `uniform`. */
  readonly space: string;
  /** `read` or `read_write`; a uniform's is `read`. */
  readonly access: string;
  /** e.g. `array<vec4f>`. */
  readonly type: string;
}

export interface WgslOverride {
  readonly name: string;
  readonly type: string;
  /** The expression behind `=`; null where there is none. */
  readonly value: string | null;
}

/**
 * Reads the interface of a kernel as this project writes WGSL.
 *
 * @throws {Error} showing what it cannot read: nothing is passed over
 */
export function wgslInterface(code: string): WgslInterface {
  const text = code.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').replaceAll(/\/\/.*$/gm, ' ');
  const statements = (start: RegExp): string[] =>
    Array.from(text.matchAll(start), ({ index }) => text.slice(index, text.indexOf(';', index)));
  const structs: Record<string, { name: string; type: string }[]> = {};
  for (const [, struct, body] of text.matchAll(/\bstruct\s+(\w+)\s*\{([^}]*)\}/g)) {
    if (Object.hasOwn(structs, struct!)) throw new Error(`The WGSL declares struct ${struct} more than once.`);
    structs[struct!] = body!
      .split(/,(?![^<]*>)/)
      .filter((field) => field.trim() !== '')
      .map((field) => {
        const [, name, type] = read(field, /^\s*(\w+)\s*:\s*(\S.*?)\s*$/);
        return { name: name!, type: type! };
      });
  }
  return {
    bindings: statements(/@(?:group|binding)\b[^;]*?\bvar\b/g).map(readBinding),
    params: structs['Params'] ?? [],
    structs,
    overrides: statements(/\boverride\b/g).map((statement) => {
      const [, name, type, value] = read(statement, /^override\s+(\w+)\s*:\s*(\w+)\s*(?:=\s*([\s\S]+))?$/);
      return { name: name!, type: type!, value: value?.trim() ?? null };
    }),
    entryPoints: Array.from(text.matchAll(/@compute\b[^{]*?\bfn\s+(\w+)/g), ([, name]) => name!),
  };
}

function readBinding(statement: string): WgslBinding {
  const [, group, binding, space, access, name, type] = read(
    statement,
    /^@group\((\d+)\)\s*@binding\((\d+)\)\s*var<\s*(\w+)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)\s*:\s*(\S.*?)\s*$/,
  );
  return {
    group: Number(group),
    binding: Number(binding),
    space: space!,
    access: access ?? 'read',
    name: name!,
    type: type!,
  };
}

function read(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (!found) throw new Error(`Cannot read this WGSL: ${text.trim()}`);
  return found;
}
