//! Pages, components and server functions, and the ports that the server implements for them.
