//! Icons, drawn here: 16 × 16, one stroke, in the colour of the text. Decoration alone; a word always stands beside.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Fleet,
    Link,
    People,
    Log,
    Key,
    Search,
    ArrowUp,
    ArrowDown,
    Columns,
    Download,
    Refresh,
    Shield,
    Mail,
    Alert,
    Bell,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Fleet => "M2 4h12M2 8h12M2 12h12",
            Self::Link => {
                "M6.5 9.5l3-3M7 4.5l1.2-1.2a2.9 2.9 0 0 1 4.1 4.1L11 8.7M9 11.5l-1.2 1.2a2.9 2.9 0 0 1-4.1-4.1L5 7.3"
            }
            Self::People => {
                "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.8a2.3 2.3 0 0 1 0 4.4M12 9.8c1.6.6 2.5 1.9 2.5 3.7"
            }
            Self::Log => "M4 1.5h5.5L13 5v9.5H4zM9.5 1.5V5H13M6.5 8h4M6.5 11h4",
            Self::Key => "M5 13.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7.2 8.3L13.5 2M11 4.5l2 2",
            Self::Search => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8L14 14",
            Self::ArrowUp => "M8 13V3.5M4 7l4-4 4 4",
            Self::ArrowDown => "M8 3v9.5M4 9l4 4 4-4",
            Self::Columns => "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
            Self::Download => "M8 2v8.5M4.5 7.5L8 11l3.5-3.5M2.5 13.5h11",
            Self::Mail => "M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5",
            Self::Alert => "M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.4v.6",
            Self::Bell => "M8 2a4 4 0 0 0-4 4v3l-1.5 2.5h11L12 9V6a4 4 0 0 0-4-4zM6.5 13.5a1.5 1.5 0 0 0 3 0",
            Self::Shield => "M8 1.8l5 1.7v4c0 3.2-2 5.6-5 6.7-3-1.1-5-3.5-5-6.7v-4zM5.8 7.8l1.6 1.6 2.9-3",
            Self::Refresh => "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v3h-3",
        }
    }
}

#[component]
pub fn Glyph(icon: Icon) -> impl IntoView {
    view! {
        <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=icon.path() />
        </svg>
    }
}
