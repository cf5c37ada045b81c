//! Text that people type, as a bound pattern that means nothing else than the text.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};

/// What a row is found by: lower case, so that both databases find alike.
pub(super) fn searchable(texts: &[&str]) -> String {
    texts.join("\n").to_lowercase()
}

/// Every word of `typed` occurs in `column`, which holds `searchable` text; `None`: nothing was typed.
pub(super) fn contains(column: impl ColumnTrait, typed: &str) -> Option<Expr> {
    typed
        .split_whitespace()
        .map(|word| Expr::col((column.entity_name(), column)).like(LikeExpr::new(pattern(word)).escape('\\')))
        .reduce(Expr::and)
}

fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for letter in word.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_mean_themselves() {
        assert_eq!(pattern("50%_a\\B"), "%50\\%\\_a\\\\b%");
    }
}
