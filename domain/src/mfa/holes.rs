//! Sets of contexts told compactly: maximal boxes, in words.

use std::borrow::Borrow;

use super::bits::Bits;
use super::context::{ANYWHERE_ELSE, App, Client, Flow, Platform};
use super::space::{Context, Space};
use super::well_known::app_name;
use crate::verdict::Hole;

/// More boxes than this say nothing that a person reads.
const MOST: usize = 24;

/// Whether a hole says from where although it is open from everywhere in the universe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Telling {
    PlacesThatDiffer,
    AllPlaces,
}

/// One class or more of each axis; every combination is in the set.
type Region = [Vec<usize>; 5];

/// The holes that make up `set`, the widest first. `universe` is what could be in it: an axis that is all in is "any".
pub(super) fn holes(space: &Space, set: &Bits, universe: &Bits, telling: Telling) -> Vec<Hole> {
    let mut axes: Region = Default::default();
    for bit in universe.iter() {
        for (axis, class) in axes.iter_mut().zip(space.context(bit)) {
            if !axis.contains(&class) {
                axis.push(class);
            }
        }
    }
    boxes(space, set, &axes).into_iter().map(|found| hole(space, &found, &axes, telling)).collect()
}

fn boxes(space: &Space, set: &Bits, axes: &Region) -> Vec<Region> {
    let mut rest = set.clone();
    let mut boxes: Vec<Region> = Vec::new();
    loop {
        let Some(seed) = rest.iter().next() else { break };
        let mut found = space.context(seed).map(|class| vec![class]);
        // Apps first, then clients: "any app with legacy clients" is read more easily than its parts.
        for axis in [4, 3, 2, 1, 0] {
            for &class in &axes[axis] {
                let mut slice = found.clone();
                slice[axis] = vec![class];
                if !found[axis].contains(&class) && members(space, &slice).all(|bit| set.contains(bit)) {
                    found[axis].push(class);
                }
            }
            found[axis].sort_unstable();
        }
        let mut covered = Bits::empty(space.len());
        members(space, &found).for_each(|bit| covered.set(bit));
        rest.remove_all(&covered);
        boxes.push(found);
        if boxes.len() == MOST {
            break;
        }
    }
    let open_ended = |found: &Region| found[4].iter().any(|class| space.apps[*class].contains(&App::Other));
    let size = |found: &Region| found.iter().map(Vec::len).product::<usize>();
    boxes.sort_by_key(|found| std::cmp::Reverse((open_ended(found), size(found))));
    boxes
}

fn members(space: &Space, found: &Region) -> impl Iterator<Item = usize> {
    let total: usize = found.iter().map(Vec::len).product();
    (0..total).map(move |mut nth| {
        let mut context: Context = [0; 5];
        for (class, choices) in context.iter_mut().zip(found) {
            *class = choices[nth % choices.len()];
            nth /= choices.len();
        }
        space.index(context)
    })
}

fn hole(space: &Space, found: &Region, axes: &Region, telling: Telling) -> Hole {
    let whole = |axis: usize| found[axis].len() == axes[axis].len() && !(axis == 0 && telling == Telling::AllPlaces);
    let clients: Vec<Client> = found[3].iter().flat_map(|class| space.clients[*class].iter().copied()).collect();
    let apps: Vec<&App> = found[4].iter().flat_map(|class| &space.apps[*class]).collect();
    let platforms: Vec<Platform> = found[2].iter().flat_map(|class| space.platforms[*class].iter().copied()).collect();
    let flows: Vec<Flow> = found[1].iter().flat_map(|class| space.flows[*class].iter().copied()).collect();

    let mut parts = Vec::new();
    if !whole(3) {
        parts.push(client_words(&clients));
    }
    if !whole(4) {
        parts.push(app_words(space, &found[4], &axes[4]));
    } else if !whole(3) || [0, 1, 2].into_iter().any(|axis| !whole(axis)) {
        parts.push("any app".to_owned());
    }
    if !whole(2) {
        parts.push(platform_words(&platforms));
    }
    if !whole(1) {
        parts.push(flow_words(&flows));
    }
    if !whole(0) {
        parts.push(plane_words(space, &found[0], &axes[0]));
    }
    if parts.is_empty() {
        parts.push("any app from any client".to_owned());
    }
    Hole {
        summary: capitalised(&parts.join(", ")),
        apps: if whole(4) { Vec::new() } else { apps.iter().map(|app| app_id(app)).collect() },
        client_app_types: if whole(3) { Vec::new() } else { clients.iter().map(|c| c.word().to_owned()).collect() },
        platforms: if whole(2) { Vec::new() } else { platforms.iter().map(|p| p.word().to_owned()).collect() },
        locations: if whole(0) { Vec::new() } else { place_labels(space, &found[0]) },
    }
}

fn client_words(clients: &[Client]) -> String {
    let has = |client| clients.contains(&client);
    let legacy = match (has(Client::ExchangeActiveSync), has(Client::OtherLegacy)) {
        (true, true) => Some("Exchange ActiveSync and other legacy clients"),
        (true, false) => Some("Exchange ActiveSync"),
        (false, true) => Some("other legacy clients (IMAP, POP, SMTP)"),
        (false, false) => None,
    };
    let words: Vec<&str> = [
        has(Client::Browser).then_some("browsers"),
        has(Client::MobileAndDesktop).then_some("mobile and desktop apps"),
        legacy,
    ]
    .into_iter()
    .flatten()
    .collect();
    words.join(", ")
}

fn app_words(space: &Space, found: &[usize], all: &[usize]) -> String {
    let labels = |classes: &mut dyn Iterator<Item = &usize>| -> Vec<String> {
        classes.flat_map(|class| &space.apps[*class]).map(app_label).collect()
    };
    let open_ended = found.iter().any(|class| space.apps[*class].contains(&App::Other));
    if open_ended {
        let rest = labels(&mut all.iter().filter(|class| !found.contains(class)));
        return format!("any app except {}", listed(&rest));
    }
    if let [class] = found
        && let [App::Filtered(_)] = space.apps[*class].as_slice()
    {
        return "apps that a filter matches".to_owned();
    }
    let apps = labels(&mut found.iter());
    format!("{} {}", if apps.len() == 1 { "app" } else { "apps" }, listed(&apps))
}

fn app_label(app: &App) -> String {
    match app {
        App::Other => "any other app".to_owned(),
        App::Office365 => "Office 365".to_owned(),
        App::AdminPortals => "Microsoft admin portals".to_owned(),
        App::Named(id) => app_name(*id).map_or_else(|| id.to_string(), str::to_owned),
        App::Filtered(_) => "those that a filter matches".to_owned(),
        App::RegisterSecurityInfo => "registering security information".to_owned(),
    }
}

/// What an entry of `Hole::apps` is called on screen.
pub fn app_title(id: &str) -> String {
    match id {
        "other" => "Any other app".to_owned(),
        "Office365" => "Office 365".to_owned(),
        "MicrosoftAdminPortals" => "Admin portals".to_owned(),
        "filtered" => "Filtered apps".to_owned(),
        id => id.parse().ok().and_then(app_name).map_or_else(|| format!("App {id}"), str::to_owned),
    }
}

fn app_id(app: &App) -> String {
    match app {
        App::Other => "other".to_owned(),
        App::Office365 => "Office365".to_owned(),
        App::AdminPortals => "MicrosoftAdminPortals".to_owned(),
        App::Named(id) => id.to_string(),
        App::Filtered(_) => "filtered".to_owned(),
        App::RegisterSecurityInfo => "registerSecurityInfo".to_owned(),
    }
}

fn platform_words(platforms: &[Platform]) -> String {
    let missing: Vec<String> =
        Platform::ALL.iter().filter(|p| !platforms.contains(p)).map(|p| p.label().to_owned()).collect();
    if platforms.len() > missing.len() {
        return format!("any platform except {}", listed(&missing));
    }
    let labels: Vec<String> = platforms.iter().map(|p| p.label().to_owned()).collect();
    format!("from {}", listed(&labels))
}

fn flow_words(flows: &[Flow]) -> String {
    let name = |flow: &Flow| match flow {
        Flow::Ordinary => "an ordinary sign-in",
        Flow::DeviceCode => "the device code flow",
        Flow::Transfer => "authentication transfer",
    };
    if flows.contains(&Flow::Ordinary) {
        let missing: Vec<String> =
            Flow::ALL.iter().filter(|flow| !flows.contains(flow)).map(|flow| name(flow).to_owned()).collect();
        return format!("but not through {}", listed(&missing));
    }
    let names: Vec<String> = flows.iter().map(|flow| name(flow).to_owned()).collect();
    format!("through {}", listed(&names))
}

fn plane_words(space: &Space, found: &[usize], all: &[usize]) -> String {
    let managed = found.iter().any(|plane| space.planes[*plane].managed_device);
    let mut parts = Vec::new();
    if managed {
        parts.push("on a compliant or joined device".to_owned());
    }
    let labels =
        place_labels(space, &found.iter().copied().filter(|p| !space.planes[*p].managed_device).collect::<Vec<_>>());
    if labels.iter().any(|label| label == ANYWHERE_ELSE) {
        let rest = place_labels(space, &all.iter().copied().filter(|plane| !found.contains(plane)).collect::<Vec<_>>());
        parts.push(format!("from anywhere except {}", listed(&rest)));
    } else if !labels.is_empty() {
        parts.push(format!("from {}", listed(&labels)));
    }
    parts.join(" or ")
}

fn place_labels(space: &Space, planes: &[usize]) -> Vec<String> {
    planes
        .iter()
        .map(|plane| &space.planes[*plane])
        .flat_map(|plane| {
            if plane.managed_device {
                vec!["compliant or joined device".to_owned()]
            } else {
                plane.places.iter().map(|place| place.label.clone()).collect()
            }
        })
        .collect()
}

/// `a, b and c`; long lists are cut.
pub(super) fn listed<S: Borrow<str>>(words: &[S]) -> String {
    const SHOWN: usize = 4;
    match words {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        _ if words.len() > SHOWN + 1 => {
            format!("{} and {} more", words[..SHOWN].join(", "), words.len() - SHOWN)
        }
        [first @ .., last] => format!("{} and {}", first.join(", "), last.borrow()),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
