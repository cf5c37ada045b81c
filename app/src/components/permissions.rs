//! The permissions that the product wants from a client, and what is missing on screen without each.

use domain::client::PermissionStatus;
use leptos::prelude::*;

use crate::text;
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::{FramedTable, heads};

#[component]
pub fn Permissions(permissions: Vec<PermissionStatus>, tenant_name: String) -> impl IntoView {
    if permissions.is_empty() {
        return view! { <p class="faint">"Not read yet: nobody has taken a token for this client."</p> }.into_any();
    }
    let rows: Vec<_> = permissions
        .into_iter()
        .map(|status| {
            let (tone, word) = match status.granted {
                Some(true) => (Tone::Good, "Granted"),
                Some(false) if status.optional => (Tone::Quiet, "Optional, not granted"),
                Some(false) => (Tone::Serious, "Missing"),
                None => (Tone::Quiet, "Not known"),
            };
            let features: Vec<&str> = status.features.iter().map(String::as_str).collect();
            let features = text::list(&features);
            let features = if status.granted == Some(false) {
                format!("Without it there is no telling {features}.")
            } else {
                features
            };
            view! {
                <tr>
                    <th scope="row">
                        <code>{status.permission}</code>
                    </th>
                    <td>
                        <span class="state">
                            <Mark tone />
                            {word}
                        </span>
                    </td>
                    <td class="wrap">{features}</td>
                </tr>
            }
        })
        .collect();
    let caption = format!("Permissions in {tenant_name}");
    view! {
        <FramedTable
            name=caption
            class="permissions stacks"
            heads=heads([("Permission", ""), ("State", ""), ("What it is for", "")])
            rows
        />
    }
    .into_any()
}
