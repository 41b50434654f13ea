// Safari has no `Symbol.dispose` yet; classes here are keyed by it, and the compiled form of `using` looks for this
// very symbol. Drop when every browser with WebGPU has it.
(Symbol as { dispose?: symbol }).dispose ??= Symbol.for('Symbol.dispose');
