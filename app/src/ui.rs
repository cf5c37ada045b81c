//! Building blocks that know nothing of this product.

pub mod ago;
pub mod bar;
pub mod field;
pub mod heading;
pub mod icon;
pub mod mark;
pub mod notice;
pub mod spark;
pub mod table;
