//! Page tests without a browser.

mod fake;
mod site;
