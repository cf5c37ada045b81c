//! Every code of Entra's token endpoint, answered by the simulator, ends in its state, with its text, its next step and who has
//! to act, on the connection and on the line of what is broken.

use chrono::TimeDelta;
use domain::cause::Actor::{self, Administrator, ClientAdministrator, Nobody, Technician};
use domain::connection::ConnectionState;
use domain::microsoft_error::SIGN_IN_ERRORS;
use server::graph::Query;
use simulator::FaultKind;
use simulator::world::Kind;

use super::tokens::TOKEN;
use crate::office::Office;

/// What the connection shows afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// Broken until somebody acts.
    Broken,
    /// As it was: it passes, or is a matter of one feature or one sign-in.
    AsItWas,
}
use Ends::{AsItWas, Broken};

const CODES: &[(&[u32], Ends, Actor)] = &[
    // The app, its consent, its permissions.
    (&[700016, 7000229, 700011, 650056, 65001, 90094, 90095], Broken, ClientAdministrator),
    (&[65004, 90099], Broken, Technician),
    (&[70001, 7000112], Broken, ClientAdministrator),
    (&[50105], Broken, ClientAdministrator),
    // One service that the tenant does not have.
    (&[500011, 650052], AsItWas, ClientAdministrator),
    // Our own credential, and requests that we got wrong.
    (&[7000215, 7000222, 700027, 50012, 50013, 500133], Broken, Administrator),
    (&[7000218, 900144, 90014, 9002313, 9001023, 900971, 50011], Broken, Administrator),
    // The refresh token, and the person behind it.
    (&[700082, 70008, 70043, 50173, 50089, 50132, 50133, 70000], Broken, Technician),
    (&[700084], Broken, Administrator),
    (&[50076, 50074, 50078, 50072, 50079, 50158, 50161], Broken, Technician),
    (&[50055, 50144, 50056, 50057, 50034, 50020, 50177, 51004, 16000, 50126], Broken, Technician),
    (&[501481, 54005, 700005], AsItWas, Technician),
    // Policies and risk.
    (&[53000, 53001, 53002, 53003, 530032], Broken, ClientAdministrator),
    (&[530035, 530034, 53011], Broken, Technician),
    (&[50053], AsItWas, Technician),
    // The tenant itself.
    (&[90002, 90038, 900432, 900382], Broken, Administrator),
    (&[5000224, 900023], Broken, Technician),
    (&[500021, 500022, 500212, 500213, 50002], Broken, ClientAdministrator),
    // What passes by itself.
    (&[90033, 90006, 90012, 90024, 50033, 50087, 90090, 90055, 50196], AsItWas, Nobody),
];

#[test]
fn every_code_is_in_the_table() {
    let mut known: Vec<u32> = SIGN_IN_ERRORS.iter().flat_map(|error| error.codes).copied().collect();
    let mut listed: Vec<u32> = CODES.iter().flat_map(|(codes, ..)| codes.iter()).copied().collect();
    known.sort_unstable();
    listed.sort_unstable();
    assert_eq!(known, listed);
}

#[tokio::test]
async fn every_code_ends_in_its_state_with_its_text_and_who_has_to_act() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    for (codes, ends, actor) in CODES {
        for code in *codes {
            office.advance(TimeDelta::hours(2));
            office.fault(tenant, TOKEN, FaultKind::Aadsts(*code), None);
            let read = office.graph_of(tenant).get_one::<serde_json::Value>(&Query::v1("organization")).await;
            let error = read.expect_err("no token was given");
            let cause = error.cause();
            assert_eq!(
                (cause.code.as_str(), cause.actor),
                (format!("AADSTS{code}").as_str(), *actor),
                "{code}: {cause:?}"
            );
            assert!(cause.meaning.ends_with('.') && cause.next_step.ends_with('.'), "{code}: {cause:?}");
            let stored = office.stored(tenant).await;
            match ends {
                Broken => {
                    assert_eq!(stored.state, ConnectionState::Broken, "{code}");
                    let told = stored.cause.expect("a broken connection says why");
                    assert_eq!(
                        (told.code, told.next_step, told.actor),
                        (cause.code, cause.next_step, *actor),
                        "{code}"
                    );
                }
                AsItWas => assert_eq!(stored.state, ConnectionState::Connected, "{code}"),
            }
            office.simulator.faults().clear();
            office.advance(TimeDelta::hours(2));
            let read = office.graph_of(tenant).get_one::<serde_json::Value>(&Query::v1("organization")).await;
            assert!(read.is_ok(), "{code}: it mends by itself once the cause is gone: {read:?}");
            assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected, "{code}");
        }
    }
}
