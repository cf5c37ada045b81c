//! The viewer's choice of light or dark, kept in a cookie so that the first paint is right. No account is needed for it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::Error;

pub const THEME_COOKIE: &str = "theme";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the viewer's system says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// The document's `data-theme`; absent for the system's.
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }
}

#[server(endpoint = "set_theme")]
pub async fn set_theme(theme: Theme) -> Result<Theme, Error> {
    use http::header::{HeaderValue, SET_COOKIE};

    let cookie = format!("{THEME_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.name());
    let internal = |_| Error::Internal { id: "theme-cookie".to_owned() };
    expect_context::<leptos_axum::ResponseOptions>()
        .append_header(SET_COOKIE, HeaderValue::from_str(&cookie).map_err(internal)?);
    Ok(theme)
}
