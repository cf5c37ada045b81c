//! `/settings/keys`: the keys that seal the vault, and sealing everything anew under the current one.

use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::keys::{RotateKeys, list_keys};
use crate::components::loaded::loaded;
use crate::forms::{FormError, failure, successes};
use crate::pages::settings::SettingsCrumbs;
use crate::text;
use crate::ui::heading::Heading;
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::{FramedTable, heads};

#[component]
pub fn KeysPage() -> impl IntoView {
    let rotate = ServerAction::<RotateKeys>::new();
    let rotated = successes(rotate);
    let keys = ask(move || rotated.get(), |_| list_keys());
    let done = move || {
        let sealed = rotate.value().get().and_then(Result::ok)?;
        Some(format!("{} sealed anew under the current key.", text::count(sealed, "secret", "secrets")))
    };
    loaded(keys, move |keys| {
        let older: u64 = keys.iter().filter(|key| !key.is_current).map(|key| key.sealed).sum();
        let said = match older {
            0 => "Everything is sealed under the current key.".to_owned(),
            1 => "1 secret is still sealed under an older key.".to_owned(),
            many => format!("{} secrets are still sealed under an older key.", text::number(many)),
        };
        let rows: Vec<_> = keys
            .into_iter()
            .map(|key| {
                let (tone, word) = match (key.is_current, key.sealed) {
                    (true, _) => (Tone::Good, "Current"),
                    (false, 0) => (Tone::Quiet, "No longer needed"),
                    (false, _) => (Tone::Fair, "Still needed"),
                };
                view! {
                    <tr>
                        <th scope="row">
                            <code>{key.key_id}</code>
                        </th>
                        <td>
                            <span class="state">
                                <Mark tone />
                                {word}
                            </span>
                        </td>
                        <td class="num">{text::number(key.sealed)}</td>
                    </tr>
                }
            })
            .collect();
        view! {
            <SettingsCrumbs here="Keys" />
            <header class="page-head">
                <div>
                    <Heading text="Keys" />
                    <p class="sub">{said}</p>
                </div>
                <ActionForm action=rotate>
                    <button class="button primary" disabled=move || rotate.pending().get()>
                        "Seal everything anew"
                    </button>
                </ActionForm>
            </header>
            <FormError failure=failure(rotate) />
            <p role="status">{done}</p>
            <FramedTable
                name="Keys"
                narrow=true
                heads=heads([("Key", ""), ("State", ""), ("Secrets sealed", "num")])
                rows
            />
            <p class="footnote">
                "A new key is put into the key ring by whoever runs this server; then everything is sealed anew here, while \
                 the server goes on serving. An older key can be taken out once nothing is sealed under it."
            </p>
        }
    })
}
