//! A pretend Microsoft: Entra sign-in and tokens, Graph, and a world of tenants that moves.
