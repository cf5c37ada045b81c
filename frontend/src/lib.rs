//! The browser entry: hydrates what the server rendered, nothing else.

/// Called by the page's one script, once the wasm is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
