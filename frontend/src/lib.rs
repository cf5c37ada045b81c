//! The browser entry: hydrates what the server rendered, nothing else.
