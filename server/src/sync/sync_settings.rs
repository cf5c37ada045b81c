//! What is set for directory sync: the guard against accidental deletions, and whether passwords are synced. Microsoft documents
//! it for people alone; an app by itself may be refused, and then that is what is said.

use domain::cause::{Actor, Cause};
use domain::dataset::Outcome;

use crate::graph::Query;
use crate::graph::wire::hybrid::OnPremisesSynchronization;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let rows = context.rows::<OnPremisesSynchronization>(Query::v1("directory/onPremisesSynchronization")).await;
    match rows {
        Ok(rows) => Ok(Facts::SyncSettings(rows.into_iter().next().map(Into::into)).into()),
        Err(Fault::Graph(error)) if context.is_app_only && error.outcome() == Outcome::NotPermitted => {
            Err(Fault::Told(Outcome::NotPermitted, for_people_alone(error.cause())))
        }
        Err(fault) => Err(fault),
    }
}

/// A consent would not help.
fn for_people_alone(cause: Cause) -> Cause {
    Cause {
        meaning: String::from(
            "Microsoft tells the settings of directory sync to people alone, and refuses an app by itself.",
        ),
        next_step: String::from(
            "Connect the client through GDAP to see them here, or run Get-ADSyncExportDeletionThreshold on the sync server.",
        ),
        actor: Actor::Technician,
        ..cause
    }
}
