//! The mail-app usage report: the legacy evidence that is left without Entra P1.

use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::usage_report;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("reports/getEmailAppUsageUserDetail(period='D30')").class(BudgetClass::UsageReports);
    let csv = context.graph.report_csv(&query).await?;
    Ok(Facts::MailAppUsage(usage_report::read(&csv)?).into())
}
