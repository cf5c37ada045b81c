//! Text that people type, as a bound pattern that means nothing else than the text.

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};

/// What a row is found by: lower case, so that both databases find alike.
pub(super) fn searchable(texts: &[&str]) -> String {
    texts.join("\n").to_lowercase()
}

/// Every word of `typed` occurs in one of `texts`, which are lower case; `None`: nothing was typed.
pub(super) fn contains(texts: &[Expr], typed: &str) -> Option<Expr> {
    typed
        .split_whitespace()
        .filter_map(|word| {
            let found = |text: &Expr| text.clone().like(LikeExpr::new(pattern(word)).escape('\\'));
            texts.iter().map(found).reduce(Expr::or)
        })
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
