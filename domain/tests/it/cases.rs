//! Named cases: what a tenant looks like, the verdict, and the holes that a technician reads.

use domain::facts::directory::{FederatedMfa, PrincipalKind, UserKind};
use domain::facts::policy::GrantOperator::{And, Or};
use domain::facts::policy::{MethodConfiguration, PolicyState};
use domain::facts::registration::PerUserMfa;
use domain::known::UnknownCause as Cause;
use domain::verdict::Verdict::{self, CannotSignIn, EnrolmentOpen, Partial, Protected, Unknown, Unprotected};
use domain::verdict::{Enrolment, Judgement};
use rstest::rstest;

use crate::world::*;

const LEGACY: &str = "Exchange ActiveSync and other legacy clients, any app";

fn summaries(judgement: &Judgement) -> Vec<&str> {
    judgement.holes.iter().map(|hole| hole.summary.as_str()).collect()
}

/// Each case: the world, the verdict and its holes.
#[rstest]
// The plain cases.
#[case::nothing_enforced(|_: &mut World| {}, Unprotected, &["Any app from any client"])]
#[case::security_defaults(|w: &mut World| w.tenant.security_defaults = known(true), Protected, &[])]
#[case::security_defaults_without_premium(|w: &mut World| {
    w.tenant.security_defaults = known(true);
    w.tenant.registration = unknown(Cause::NotLicensed);
}, Protected, &[])]
#[case::security_defaults_and_nothing_registered(|w: &mut World| {
    w.tenant.security_defaults = known(true);
    w.methods(false, &[]);
}, EnrolmentOpen, &[])]
#[case::security_defaults_exempt_the_sync_account(|w: &mut World| {
    w.tenant.security_defaults = known(true);
    w.ada.user_principal_name = "Sync_SRV01_0a1b2c@contoso.onmicrosoft.example".into();
}, Unprotected, &["Any app from any client"])]
#[case::security_defaults_hold_for_guests(|w: &mut World| {
    w.tenant.security_defaults = known(true);
    w.invite();
}, Protected, &[])]
#[case::mfa_for_everybody_everywhere(|w: &mut World| w.policies([mfa()]), Protected, &[])]
#[case::mfa_for_modern_clients_alone(|w: &mut World| {
    w.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"])]);
}, Partial, &[LEGACY])]
#[case::mfa_for_modern_clients_and_legacy_blocked(|w: &mut World| {
    w.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"]), block_legacy()]);
}, Protected, &[])]
#[case::legacy_blocked_and_no_mfa(|w: &mut World| w.policies([block_legacy()]), Partial,
    &["Browsers, mobile and desktop apps, any app"])]
#[case::per_user_enforced(|w: &mut World| w.per_user(PerUserMfa::Enforced), Protected, &[])]
#[case::per_user_enabled_leaves_legacy_clients(|w: &mut World| w.per_user(PerUserMfa::Enabled), Partial, &[LEGACY])]
#[case::per_user_enabled_and_legacy_blocked(|w: &mut World| {
    w.per_user(PerUserMfa::Enabled);
    w.policies([block_legacy()]);
}, Protected, &[])]
#[case::per_user_disabled_is_normal_under_a_policy(|w: &mut World| {
    w.per_user(PerUserMfa::Disabled);
    w.policies([mfa()]);
}, Protected, &[])]
#[case::disabled_account(|w: &mut World| w.ada.account_enabled = false, CannotSignIn, &[])]
#[case::blocked_from_everywhere(|w: &mut World| w.policies([policy("Block").controls(Or, &["block"])]), CannotSignIn, &[])]
#[case::blocked_but_from_the_office(|w: &mut World| {
    w.policies([policy("Block").controls(Or, &["block"]).except_places(&[OFFICE])]);
    w.methods(false, &[]);
}, Protected, &[])]
// Registration.
#[case::enforced_and_nothing_registered(|w: &mut World| {
    w.policies([mfa()]);
    w.methods(false, &[]);
}, EnrolmentOpen, &[])]
#[case::registered_methods_not_allowed(|w: &mut World| {
    w.policies([mfa()]);
    w.methods(false, &["mobilePhone"]);
}, EnrolmentOpen, &[])]
#[case::registration_guarded_by_place(|w: &mut World| {
    w.policies([
        mfa(),
        policy("Guard").apps(&[]).actions(&["urn:user:registersecurityinfo"]).except_places(&[OFFICE]).controls(Or, &["block"]),
    ]);
    w.methods(false, &[]);
}, Protected, &[])]
#[case::registration_guarded_with_a_country_left_open(|w: &mut World| {
    w.policies([
        mfa(),
        policy("Guard").apps(&[]).actions(&["urn:user:registersecurityinfo"]).except_places(&[SWITZERLAND]).controls(Or, &["block"]),
    ]);
    w.methods(false, &[]);
}, EnrolmentOpen, &[])]
#[case::compliant_device_demanded_and_nothing_registered(|w: &mut World| {
    w.policies([policy("Device").controls(Or, &["compliantDevice"])]);
    w.methods(false, &[]);
}, Protected, &[])]
#[case::registration_not_readable(|w: &mut World| {
    w.policies([mfa()]);
    w.tenant.registration = unknown(Cause::Failed);
}, Protected, &[])]
#[case::not_listed_in_the_registration_report(|w: &mut World| {
    w.policies([mfa()]);
    w.tenant.registration = known([].into());
}, Unknown, &[])]
#[case::external_method_registered_and_allowed(|w: &mut World| {
    w.policies([mfa()]);
    w.methods(false, &["externalAuthMethod"]);
    w.tenant.methods_policy = known(vec![MethodConfiguration { id: "duo".into(), enabled: true, is_external: true }]);
}, Protected, &[])]
// Grants: one of several is not both.
#[case::mfa_or_compliant_device(|w: &mut World| {
    w.policies([policy("Either").controls(Or, &["mfa", "compliantDevice"])]);
}, Protected, &[])]
#[case::mfa_or_terms_of_use(|w: &mut World| {
    w.policies([policy("Either").controls(Or, &["mfa"]).terms_of_use()]);
}, Partial, &["Browsers, mobile and desktop apps, any app"])]
#[case::mfa_and_terms_of_use(|w: &mut World| {
    w.policies([policy("Both").controls(And, &["mfa"]).terms_of_use()]);
}, Protected, &[])]
#[case::terms_of_use_alone(|w: &mut World| w.policies([policy("Terms").terms_of_use()]), Partial,
    &["Browsers, mobile and desktop apps, any app"])]
#[case::mfa_or_approved_app(|w: &mut World| {
    w.policies([policy("Either").controls(Or, &["mfa", "approvedApplication"])]);
}, Partial, &["Browsers, mobile and desktop apps, any app, from iOS and Android"])]
#[case::session_controls_alone(|w: &mut World| w.policies([policy("Session")]), Unprotected, &["Any app from any client"])]
#[case::strength_that_satisfies_mfa(|w: &mut World| w.policies([policy("Strong").strength(true, &["fido2"])]), Protected, &[])]
#[case::strength_that_a_password_meets(|w: &mut World| {
    w.policies([policy("Weak").strength(false, &["password", "fido2"])]);
}, Partial, &["Browsers, mobile and desktop apps, any app"])]
#[case::strength_that_could_not_be_read(|w: &mut World| {
    w.policies([policy("Strong").strength(false, &[])]);
}, Unknown, &[])]
#[case::custom_control(|w: &mut World| w.policies([policy("Duo").custom_control()]), Unknown, &[])]
#[case::mfa_and_custom_control(|w: &mut World| w.policies([mfa().custom_control().controls(And, &["mfa"])]), Protected, &[])]
#[case::mfa_or_a_newer_control(|w: &mut World| w.policies([policy("New").controls(Or, &["mfa", "quantumHandshake"])]), Unknown, &[])]
#[case::mfa_and_a_newer_control(|w: &mut World| w.policies([policy("New").controls(And, &["mfa", "quantumHandshake"])]), Protected, &[])]
// Conditions.
#[case::trusted_locations_left_out(|w: &mut World| w.policies([mfa().except_places(&["AllTrusted"])]), Protected, &[])]
#[case::one_network_left_out(|w: &mut World| w.policies([mfa().except_places(&[OFFICE])]), Protected, &[])]
#[case::a_country_left_out(|w: &mut World| w.policies([mfa().except_places(&[SWITZERLAND])]), Partial, &["Any app, from CH"])]
#[case::a_network_as_wide_as_the_world_left_out(|w: &mut World| {
    w.policies([mfa().except_places(&[WIDE])]);
}, Partial, &["Any app, from Half the internet"])]
#[case::mfa_within_the_office_alone(|w: &mut World| w.policies([mfa().places(&[OFFICE])]), Unprotected, &["Any app from any client"])]
#[case::everything_but_one_country_blocked(|w: &mut World| {
    w.policies([policy("Geo").controls(Or, &["block"]).except_places(&[SWITZERLAND])]);
}, Partial, &["Any app, from CH"])]
#[case::a_location_that_could_not_be_read_left_out(|w: &mut World| {
    w.policies([mfa().except_places(&[OFFICE])]);
    w.tenant.named_locations = unknown(Cause::NotPermitted);
}, Unknown, &[])]
#[case::phones_alone(|w: &mut World| w.policies([mfa().platforms(&["iOS", "android"])]), Partial,
    &["Any app, any platform except iOS and Android"])]
#[case::linux_left_out(|w: &mut World| w.policies([mfa().except_platforms(&["linux"])]), Partial, &["Any app, from Linux"])]
#[case::every_known_platform_named(|w: &mut World| {
    w.policies([mfa().platforms(&["iOS", "android", "windows", "macOS", "linux", "windowsPhone"])]);
}, Partial, &["Any app, from an unrecognised platform"])]
#[case::sign_in_risk_alone(|w: &mut World| w.policies([mfa().sign_in_risk(&["high", "medium"])]), Unprotected, &["Any app from any client"])]
#[case::user_risk_alone(|w: &mut World| w.policies([mfa().user_risk(&["high"])]), Unprotected, &["Any app from any client"])]
#[case::insider_risk_alone(|w: &mut World| w.policies([mfa().insider_risk(&["elevated"])]), Unprotected, &["Any app from any client"])]
#[case::any_risk_down_to_none(|w: &mut World| w.policies([mfa().sign_in_risk(&["low", "medium", "high", "none"])]), Protected, &[])]
#[case::unmanaged_devices_by_filter(|w: &mut World| w.policies([mfa().devices("include", "device.isCompliant -ne True")]), Protected, &[])]
#[case::managed_devices_left_out_by_filter(|w: &mut World| {
    w.policies([mfa().devices("exclude", "device.isCompliant -eq True -or device.trustType -eq \"ServerAD\"")]);
}, Protected, &[])]
#[case::managed_devices_alone_by_filter(|w: &mut World| {
    w.policies([mfa().devices("include", "device.isCompliant -eq True")]);
}, Unprotected, &["Any app from any client"])]
#[case::a_filter_that_cannot_be_judged(|w: &mut World| {
    w.policies([mfa().devices("exclude", "device.model -eq \"x\" -and device.isCompliant -ne True")]);
}, Unknown, &[])]
#[case::device_code_flow_blocked_alone(|w: &mut World| {
    w.policies([policy("No device code").flows(&["deviceCodeFlow"]).controls(Or, &["block"])]);
}, Partial, &["Any app, but not through the device code flow"])]
#[case::a_newer_condition(|w: &mut World| w.policies([mfa().not_understood("conditions.moonPhase")]), Unknown, &[])]
#[case::a_newer_condition_beside_a_plain_policy(|w: &mut World| {
    w.policies([mfa().not_understood("conditions.moonPhase"), mfa()]);
}, Protected, &[])]
#[case::a_newer_session_control(|w: &mut World| w.policies([mfa().not_understood("sessionControls.moonPhase")]), Protected, &[])]
#[case::a_newer_state(|w: &mut World| w.policies([mfa().state(PolicyState::NotUnderstood)]), Unknown, &[])]
#[case::a_newer_client_type_alone(|w: &mut World| w.policies([mfa().clients(&["smartFridge"])]), Unknown, &[])]
#[case::report_only(|w: &mut World| w.policies([mfa().state(PolicyState::ReportOnly)]), Unprotected, &["Any app from any client"])]
#[case::switched_off(|w: &mut World| w.policies([mfa().state(PolicyState::Disabled)]), Unprotected, &["Any app from any client"])]
#[case::about_service_principals(|w: &mut World| w.policies([mfa().workloads()]), Unprotected, &["Any app from any client"])]
// Apps.
#[case::one_app_left_out(|w: &mut World| w.policies([mfa().except_apps(&[PAYROLL])]), Partial,
    &["App aaaaaaaa-0000-4000-8000-000000000001"])]
#[case::two_policies_leave_out_different_apps(|w: &mut World| {
    w.policies([mfa().except_apps(&[PAYROLL]), mfa().except_apps(&[EXCHANGE])]);
}, Protected, &[])]
#[case::one_app_alone(|w: &mut World| w.policies([mfa().apps(&[EXCHANGE])]), Partial, &["Any app except Exchange Online"])]
#[case::office_365_alone(|w: &mut World| w.policies([mfa().apps(&["Office365"])]), Partial, &["Any app except Office 365"])]
#[case::office_365_holds_exchange(|w: &mut World| {
    w.policies([mfa().except_apps(&[EXCHANGE]), mfa().apps(&["Office365"])]);
}, Protected, &[])]
#[case::admin_portals_alone(|w: &mut World| w.policies([mfa().apps(&["MicrosoftAdminPortals"])]), Partial,
    &["Any app except Microsoft admin portals"])]
#[case::an_app_without_mfa_and_legacy_clients(|w: &mut World| {
    w.policies([mfa().except_apps(&[PAYROLL]).clients(&["browser", "mobileAppsAndDesktopClients"])]);
}, Partial, &[LEGACY, "App aaaaaaaa-0000-4000-8000-000000000001"])]
#[case::no_app(|w: &mut World| w.policies([mfa().apps(&["None"])]), Unprotected, &["Any app from any client"])]
#[case::a_user_action_alone(|w: &mut World| {
    w.policies([mfa().apps(&[]).actions(&["urn:user:registersecurityinfo"])]);
}, Unprotected, &["Any app from any client"])]
#[case::an_authentication_context_alone(|w: &mut World| w.policies([mfa().apps(&[]).contexts(&["c1"])]), Unprotected, &["Any app from any client"])]
#[case::apps_left_out_by_filter(|w: &mut World| w.policies([mfa().app_filter("exclude")]), Partial,
    &["Apps that a filter matches"])]
// Whom policies cover.
#[case::named(|w: &mut World| w.policies([mfa().users(&[&ADA.to_string()])]), Protected, &[])]
#[case::left_out_by_name(|w: &mut World| w.policies([mfa().except_users(&[&ADA.to_string()])]), Unprotected, &["Any app from any client"])]
#[case::in_an_included_group(|w: &mut World| {
    w.join(STAFF);
    w.policies([mfa().users(&[]).groups(&[STAFF])]);
}, Protected, &[])]
#[case::not_in_the_included_group(|w: &mut World| w.policies([mfa().users(&[]).groups(&[STAFF])]), Unprotected, &["Any app from any client"])]
#[case::in_an_excluded_group(|w: &mut World| {
    w.join(BREAK_GLASS);
    w.policies([mfa().except_groups(&[BREAK_GLASS])]);
}, Unprotected, &["Any app from any client"])]
#[case::exclusion_wins(|w: &mut World| {
    w.join(STAFF);
    w.join(BREAK_GLASS);
    w.policies([mfa().users(&[]).groups(&[STAFF]).except_groups(&[BREAK_GLASS])]);
}, Unprotected, &["Any app from any client"])]
#[case::the_included_group_could_not_be_read(|w: &mut World| {
    w.policies([mfa().users(&[]).groups(&[STAFF])]);
    w.tenant.groups = unknown(Cause::NotPermitted);
}, Unknown, &[])]
#[case::the_excluded_group_could_not_be_read(|w: &mut World| {
    w.policies([mfa().except_groups(&["bbbbbbbb-0000-4000-8000-00000000ffff"])]);
}, Unknown, &[])]
#[case::the_excluded_group_does_not_matter(|w: &mut World| {
    w.policies([mfa().except_groups(&["bbbbbbbb-0000-4000-8000-00000000ffff"]), mfa()]);
}, Protected, &[])]
#[case::holds_an_included_role(|w: &mut World| {
    w.hold(PrincipalKind::User, ADA.0, "/");
    w.policies([mfa().users(&[]).roles(&[GLOBAL_ADMINISTRATOR])]);
}, Protected, &[])]
#[case::holds_the_role_through_a_group(|w: &mut World| {
    w.join(STAFF);
    w.hold(PrincipalKind::Group, STAFF.parse().unwrap(), "/");
    w.policies([mfa().users(&[]).roles(&[GLOBAL_ADMINISTRATOR])]);
}, Protected, &[])]
#[case::holds_the_role_over_a_part_of_the_tenant(|w: &mut World| {
    w.hold(PrincipalKind::User, ADA.0, "/administrativeUnits/1");
    w.policies([mfa().users(&[]).roles(&[GLOBAL_ADMINISTRATOR])]);
}, Unprotected, &["Any app from any client"])]
#[case::eligible_for_the_role(|w: &mut World| {
    w.tenant.eligible_roles = known(vec![role(PrincipalKind::User, ADA.0, "/", true)]);
    w.policies([mfa().users(&[]).roles(&[GLOBAL_ADMINISTRATOR])]);
}, Unprotected, &["Any app from any client"])]
#[case::roles_could_not_be_read(|w: &mut World| {
    w.tenant.roles = unknown(Cause::Failed);
    w.policies([mfa().users(&[]).roles(&[GLOBAL_ADMINISTRATOR])]);
}, Unknown, &[])]
#[case::a_role_that_nobody_holds_left_out(|w: &mut World| w.policies([mfa().except_roles(&[GLOBAL_ADMINISTRATOR])]), Protected, &[])]
#[case::guests_by_the_old_word(|w: &mut World| {
    w.invite();
    w.policies([mfa().users(&["GuestsOrExternalUsers"])]);
}, Protected, &[])]
#[case::guests_by_kind(|w: &mut World| {
    w.invite();
    w.policies([mfa().guests(&["b2bCollaborationGuest"])]);
}, Protected, &[])]
#[case::a_member_is_no_guest(|w: &mut World| w.policies([mfa().users(&["GuestsOrExternalUsers"])]), Unprotected, &["Any app from any client"])]
#[case::an_internal_guest_is_no_invited_one(|w: &mut World| {
    w.ada.kind = UserKind::Guest;
    w.policies([mfa().guests(&["b2bCollaborationGuest"])]);
}, Unprotected, &["Any app from any client"])]
#[case::invited_guests_left_out(|w: &mut World| {
    w.invite();
    w.policies([mfa().except_guests(&["b2bCollaborationGuest"], None)]);
}, Unprotected, &["Any app from any client"])]
#[case::guests_of_certain_organisations_left_out(|w: &mut World| {
    w.invite();
    w.policies([mfa().except_guests(&["b2bCollaborationGuest"], Some(&["eeeeeeee-0000-4000-8000-000000000001"]))]);
}, Unknown, &[])]
#[case::service_providers_left_out(|w: &mut World| w.policies([mfa().except_guests(&["serviceProvider"], None)]), Protected, &[])]
// Facts that are not there.
#[case::nothing_read(|w: &mut World| w.tenant = domain::mfa::TenantFacts::unknown(Cause::NotYetRead), Unknown, &[])]
#[case::policies_not_readable(|w: &mut World| w.tenant.policies = unknown(Cause::NotPermitted), Unknown, &[])]
#[case::policies_not_readable_but_security_defaults_on(|w: &mut World| {
    w.tenant.policies = unknown(Cause::NotPermitted);
    w.tenant.security_defaults = known(true);
}, Protected, &[])]
#[case::security_defaults_not_readable(|w: &mut World| w.tenant.security_defaults = unknown(Cause::Failed), Unknown, &[])]
#[case::security_defaults_not_readable_but_ruled_out(|w: &mut World| {
    w.tenant.security_defaults = unknown(Cause::Failed);
    w.policies([block_legacy()]);
}, Partial, &["Browsers, mobile and desktop apps, any app"])]
#[case::per_user_state_not_readable(|w: &mut World| w.tenant.per_user_mfa = unknown(Cause::NotPermitted), Unknown, &[])]
#[case::per_user_state_not_readable_beside_a_hole(|w: &mut World| {
    w.tenant.per_user_mfa = unknown(Cause::NotPermitted);
    w.policies([block_legacy()]);
}, Partial, &["Browsers, mobile and desktop apps, any app"])]
// Federation.
#[case::federated_and_nothing_enforced_here(|w: &mut World| w.federate(FederatedMfa::EnforceByFederatedIdp), Unknown, &[])]
#[case::federated_and_sent_there_for_mfa(|w: &mut World| {
    w.federate(FederatedMfa::EnforceByFederatedIdp);
    w.policies([mfa()]);
    w.methods(false, &[]);
}, Protected, &[])]
#[case::federated_and_mfa_there_accepted(|w: &mut World| {
    w.federate(FederatedMfa::AcceptIfDoneByFederatedIdp);
    w.policies([mfa()]);
    w.methods(false, &[]);
}, Unknown, &[])]
#[case::federated_and_mfa_there_rejected(|w: &mut World| {
    w.federate(FederatedMfa::RejectByFederatedIdp);
    w.policies([mfa()]);
    w.methods(false, &[]);
}, EnrolmentOpen, &[])]
fn verdict_and_holes(#[case] change: fn(&mut World), #[case] verdict: Verdict, #[case] holes: &[&str]) {
    let mut world = World::new();
    change(&mut world);
    let judgement = world.judge();
    assert_eq!((judgement.verdict, summaries(&judgement)), (verdict, holes.to_vec()), "{judgement:#?}");
    assert_eq!(judgement.unknown_cause.is_some(), verdict == Unknown, "{judgement:#?}");
    assert!(!judgement.reasons.is_empty());
    for reason in &judgement.reasons {
        assert!(reason.text.ends_with('.') && !reason.text.contains(".."), "not a sentence: {}", reason.text);
    }
}

#[rstest]
#[case::device(|w: &mut World| w.policies([policy("Either").controls(Or, &["mfa", "compliantDevice"])]),
    "Browsers, mobile and desktop apps, any app, on a compliant or joined device")]
#[case::network(|w: &mut World| w.policies([mfa().except_places(&[OFFICE])]), "Any app, from Office")]
#[case::any_trusted_network(|w: &mut World| w.policies([mfa().except_places(&["AllTrusted"])]), "Any app, from another trusted location")]
#[case::filtered_device(|w: &mut World| w.policies([mfa().devices("exclude", "device.isCompliant -eq True")]),
    "Any app, on a compliant or joined device")]
#[case::blocked_but_from_the_office(|w: &mut World| {
    w.policies([policy("Block").controls(Or, &["block"]).except_places(&[OFFICE])]);
}, "Any app, from Office")]
#[case::app_password(|w: &mut World| {
    w.per_user(PerUserMfa::Enforced);
    w.methods(true, &["microsoftAuthenticatorPush", "appPassword"]);
}, "Legacy clients with an app password")]
fn protected_with_a_lesser_hole(#[case] change: fn(&mut World), #[case] lesser: &str) {
    let mut world = World::new();
    change(&mut world);
    let judgement = world.judge();
    assert_eq!(judgement.verdict, Protected, "{judgement:#?}");
    let lesser_holes: Vec<_> = judgement.lesser_holes.iter().map(|hole| hole.summary.as_str()).collect();
    assert_eq!(lesser_holes, [lesser]);
}

#[rstest]
#[case::one_policy(|w: &mut World| w.policies([mfa()]), "Policy “Require MFA” demands MFA for all apps.")]
#[case::two_policies(|w: &mut World| {
    w.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"]), block_legacy()]);
}, "Policies “Require MFA” and “Block legacy” together stop every sign-in on the password alone.")]
#[case::security_defaults(|w: &mut World| w.tenant.security_defaults = known(true),
    "Security defaults are on: Microsoft asks for MFA and blocks legacy clients.")]
#[case::nothing(|_: &mut World| {},
    "Nothing asks this account for a second factor: no policy is in force, security defaults are off and per-user MFA is disabled.")]
#[case::not_permitted(|w: &mut World| w.tenant.policies = unknown(Cause::NotPermitted),
    "Conditional Access could not be judged: the policies are not permitted to be read.")]
#[case::federated(|w: &mut World| w.federate(FederatedMfa::NotStated),
    "The password is checked by a federated identity provider: whether it demands MFA cannot be read from Microsoft.")]
#[case::hole(|w: &mut World| w.policies([mfa().except_apps(&[PAYROLL])]),
    "The password alone gets in with app aaaaaaaa-0000-4000-8000-000000000001.")]
#[case::enrolment(|w: &mut World| {
    w.policies([mfa()]);
    w.methods(false, &[]);
}, "MFA is enforced, but no method is registered: whoever signs in first registers their own.")]
#[case::newer_condition(|w: &mut World| w.policies([mfa().not_understood("conditions.moonPhase")]),
    "Policy “Require MFA” counts for nothing here: “conditions.moonPhase” is not understood.")]
fn the_first_reason_is_the_most_telling(#[case] change: fn(&mut World), #[case] expected: &str) {
    let mut world = World::new();
    change(&mut world);
    assert_eq!(world.judge().because(), expected);
}

#[test]
fn an_exclusion_is_told_with_the_line_that_excludes() {
    let mut world = World::new();
    world.join(BREAK_GLASS);
    world.policies([mfa().except_groups(&[BREAK_GLASS])]);
    let told: Vec<_> = world.judge().reasons.into_iter().map(|reason| reason.text.to_string()).collect();
    assert!(
        told.contains(
            &"Policy “Require MFA” leaves this account out: it is in the excluded group “Break glass”.".to_owned()
        ),
        "{told:?}"
    );
}

#[test]
fn a_report_only_policy_is_told_as_would() {
    let mut world = World::new();
    world.policies([mfa().state(PolicyState::ReportOnly)]);
    let told: Vec<_> = world.judge().reasons.into_iter().map(|reason| reason.text.to_string()).collect();
    assert!(
        told.contains(
            &"Policy “Require MFA” is report-only and stops nobody: switched on, it demands MFA for all apps."
                .to_owned()
        ),
        "{told:?}"
    );
}

#[rstest]
#[case(Cause::NotLicensed)]
#[case(Cause::NotPermitted)]
#[case(Cause::Failed)]
fn a_missing_registration_report_is_told_with_its_cause(#[case] cause: Cause) {
    let mut world = World::new();
    world.policies([mfa()]);
    world.tenant.registration = unknown(cause);
    let judgement = world.judge();
    assert_eq!((judgement.verdict, judgement.enrolment), (Protected, Enrolment::Unknown));
    assert!(
        judgement.reasons.iter().any(|reason| reason.text.starts_with("Whether a method is registered is not known"))
    );
}

#[rstest]
#[case(Cause::NotPermitted)]
#[case(Cause::Failed)]
#[case(Cause::NotYetRead)]
fn unknown_keeps_the_cause_of_what_is_missing(#[case] cause: Cause) {
    let mut world = World::new();
    world.tenant.policies = unknown(cause);
    assert_eq!(world.judge().unknown_cause, Some(cause));
}

#[test]
fn every_reason_bears_the_age_of_its_fact() {
    let mut world = World::new();
    world.policies([mfa()]);
    for reason in world.judge().reasons {
        assert_eq!(reason.read_at, Some(noon()), "{reason:?}");
    }
}

#[test]
fn equivalent_users_share_one_judgement() {
    let mut world = World::new();
    world.policies([mfa()]);
    let twin = world.ada.clone();
    let judged = domain::mfa::judge_tenant(&world.tenant, [&world.ada, &twin], None);
    assert!(std::sync::Arc::ptr_eq(&judged[0].1, &judged[1].1));
}
