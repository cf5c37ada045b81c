//! Microsoft's own score of the partner's tenant, and its figures on clients; asked in the partner's tenant, of beta.

use domain::microsoft_view::PartnerFigures;

use crate::graph::Query;
use crate::graph::wire::partner_score::{CustomerInsight, PartnerSecurityScore};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let score: PartnerSecurityScore = context.graph.get_one(&Query::beta("security/partner/securityScore")).await?;
    let insights =
        context.rows::<CustomerInsight>(Query::beta("security/partner/securityScore/customerInsights")).await?;
    let insights = insights.into_iter().filter_map(CustomerInsight::into_fact).collect();
    Ok(Facts::PartnerScore(PartnerFigures { score: score.into_fact(), insights }).into())
}
