//! Appointing people, and ending sessions.

use domain::ids::OperatorId;
use domain::settings::OperatorRow;
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};

use crate::error::Error;

#[server(endpoint = "list_operators", input = Json, output = Postcard)]
pub async fn list_operators() -> Result<Vec<OperatorRow>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.operators.list(&caller).await
}

/// An absent `operator` appoints; a present one changes. `tenants` holds the ids of the tenants given.
#[server(endpoint = "save_operator")]
pub async fn save_operator(
    #[server(default)] operator: String,
    home_tenant: String,
    object_id: String,
    display_name: String,
    role: String,
    #[server(default)] tenants: Vec<String>,
) -> Result<OperatorRow, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let new = appointment(home_tenant, object_id, display_name, &role, &tenants)?;
    match operator.trim() {
        "" => backend.operators.create(&caller, new).await,
        id => backend.operators.update(&caller, id.parse().map_err(|_| Error::NotFound)?, new).await,
    }
}

#[server(endpoint = "delete_operator")]
pub async fn delete_operator(operator: OperatorId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.operators.delete(&caller, operator).await
}

#[server(endpoint = "sign_out_everywhere")]
pub async fn sign_out_everywhere(operator: OperatorId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.operators.sign_out_everywhere(&caller, operator).await
}

#[cfg(feature = "ssr")]
fn appointment(
    home_tenant: String,
    object_id: String,
    display_name: String,
    role: &str,
    tenants: &[String],
) -> Result<domain::settings::NewOperator, Error> {
    use domain::operator::Role;

    let role = Role::ALL.into_iter().find(|known| known.name() == role).ok_or_else(|| Error::Invalid {
        field: "role".to_owned(),
        message: "Choose one of the four roles.".to_owned(),
    })?;
    let tenants = tenants.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| Error::Invalid {
        field: "tenants".to_owned(),
        message: "One of the clients chosen is not known here. Load the page again and choose anew.".to_owned(),
    })?;
    Ok(domain::settings::NewOperator { home_tenant, object_id, display_name, role, tenants })
}
