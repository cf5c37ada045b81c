//! The vocabulary and the pure rules: facts in, verdicts out. No async, no I/O, no clock; compiles to wasm.
