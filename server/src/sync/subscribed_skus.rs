//! What the tenant is licensed for.

use crate::graph::Query;
use crate::graph::wire::organization::{SKU_SELECT, SubscribedSku};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("subscribedSkus").select(SKU_SELECT).cost(3);
    let skus = context.rows::<SubscribedSku>(query).await?;
    Ok(Facts::SubscribedSkus(skus.into_iter().map(Into::into).collect()).into())
}
