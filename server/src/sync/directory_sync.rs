//! Where directory sync stands. Beta, because v1.0 does not tell the last password sync.

use crate::graph::Query;
use crate::graph::wire::directory_sync::{SYNC_SELECT, SyncedOrganization};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::beta("organization").select(SYNC_SELECT);
    let organization = context.rows::<SyncedOrganization>(query).await?.into_iter().next();
    organization
        .map(|organization| Facts::DirectorySync(organization.into()).into())
        .ok_or_else(|| Fault::surprise("an organization that is empty"))
}
