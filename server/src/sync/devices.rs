//! Devices whose system is too old for modern authentication: one reason more why a legacy protocol is in use.

use crate::graph::Query;
use crate::graph::wire::device::{Device, OldDevices, SELECT};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const PAGE: u32 = 999;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut pages = context.graph.pages::<Device>(Query::v1("devices").select(SELECT).top(PAGE));
    let mut devices = OldDevices::default();
    while let Some(page) = pages.next().await? {
        context.go_on()?;
        page.rows.into_iter().for_each(|device| devices.add(device));
    }
    Ok(Facts::Devices(devices.into_facts()).into())
}
