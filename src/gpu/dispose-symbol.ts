// Safari has no `Symbol.dispose` yet. Classes define a method under this symbol, and the compiled form of `using` looks
// for `Symbol.for('Symbol.dispose')` too. Drop when every browser with WebGPU has it.
(Symbol as { dispose?: symbol }).dispose ??= Symbol.for('Symbol.dispose');
