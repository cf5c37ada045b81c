//! Appointing people: what is refused, beside which field, and that a refusal changes nothing.

use app::backend::Caller;
use app::error::Error;
use domain::ids::TenantId;
use domain::operator::{Operator, Reach, Role};
use domain::settings::NewOperator;
use server::demo::key;
use uuid::Uuid;

use crate::world::World;

async fn admin(world: &World) -> Caller {
    world.sign_in(world.person("admin")).await;
    let person = world.person("admin");
    let operators = world.state().store.operators();
    let found = operators.get_by_identity(TenantId(person.tenant_id), person.object_id).await.unwrap().unwrap();
    Caller { operator: found.operator, request_id: String::from("test") }
}

fn technician() -> NewOperator {
    NewOperator {
        home_tenant: Uuid::from_u128(1).to_string(),
        object_id: Uuid::from_u128(2).to_string(),
        display_name: String::from("Grace"),
        role: Role::Technician,
        tenants: Vec::new(),
    }
}

#[tokio::test]
async fn nonsense_is_refused_beside_its_field_and_changes_nothing() {
    let world = World::start().await;
    let admin = admin(&world).await;
    let operators = &world.state().backend.operators;
    let nonsense = |text: &str| text.to_owned();
    let wrong = [
        ("home_tenant", NewOperator { home_tenant: nonsense("fabrikam"), ..technician() }),
        ("object_id", NewOperator { object_id: nonsense("' OR 1=1 --"), ..technician() }),
        ("display_name", NewOperator { display_name: nonsense("   "), ..technician() }),
        ("display_name", NewOperator { display_name: "x".repeat(201), ..technician() }),
        ("tenants", NewOperator { role: Role::AccountManager, ..technician() }),
        ("tenants", NewOperator { role: Role::AccountManager, tenants: vec![TenantId(Uuid::nil())], ..technician() }),
        ("home_tenant", NewOperator { role: Role::Viewer, ..technician() }),
    ];
    for (field, new) in wrong {
        let error = operators.create(&admin, new.clone()).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field: told, .. } if told == field), "{new:?}: {error:?}");
    }
    assert_eq!(operators.list(&admin).await.unwrap().len(), 1);
    operators.create(&admin, technician()).await.unwrap();
    let again = operators.create(&admin, technician()).await.unwrap_err();
    assert!(matches!(again, Error::Conflict(_)), "{again:?}");
    world.stop().await;
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_else_may_appoint() {
    let world = World::start().await;
    let admin = admin(&world).await;
    let operators = &world.state().backend.operators;
    let id = admin.operator.id;
    for refused in [operators.delete(&admin, id).await, operators.update(&admin, id, technician()).await.map(|_| ())] {
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    let row = operators.create(&admin, technician()).await.unwrap();
    let operator = Operator { id: row.id, role: Role::Technician, reach: Reach::All, ..admin.operator.clone() };
    let caller = Caller { operator, ..admin.clone() };
    assert_eq!(operators.list(&caller).await.unwrap_err(), Error::Forbidden);
    assert_eq!(operators.create(&caller, technician()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(operators.delete(&caller, id).await.unwrap_err(), Error::Forbidden);
    assert_eq!(operators.sign_out_everywhere(&caller, id).await.unwrap_err(), Error::Forbidden);
    world.stop().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_one_person() {
    let world = World::start().await;
    let admin = admin(&world).await;
    world.appoint(world.person("technician"), Role::Technician, Reach::All).await;
    let (mut technician, _) = world.sign_in(world.person("technician")).await;
    let (mut one, _) = world.sign_in(world.person("admin")).await;
    let mut other = world.browser();
    other.sign_in(&world.base, &key(world.person("admin"))).await.unwrap();
    world.state().backend.operators.sign_out_everywhere(&admin, admin.operator.id).await.unwrap();
    assert!(!world.is_signed_in(&mut one).await);
    assert!(!world.is_signed_in(&mut other).await);
    assert!(world.is_signed_in(&mut technician).await);
    world.stop().await;
}
