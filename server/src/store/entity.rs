//! The tables as sea-orm sees them. Private to the store: what goes in and out of it are domain types.

#![expect(dead_code, reason = "each query that is written uses more of them")]

pub(crate) mod audit_log;
pub(crate) mod blocker;
pub(crate) mod connection;
pub(crate) mod consent_request;
pub(crate) mod dataset_status;
pub(crate) mod delegated_relationship;
pub(crate) mod document;
pub(crate) mod legacy_sign_in;
pub(crate) mod mail_app_usage;
pub(crate) mod mfa_registration;
pub(crate) mod operator;
pub(crate) mod operator_tenant;
pub(crate) mod own_registration;
pub(crate) mod partner_connection;
pub(crate) mod per_user_mfa_state;
pub(crate) mod policy_group;
pub(crate) mod policy_group_member;
pub(crate) mod posture;
pub(crate) mod role_assignment;
pub(crate) mod sealed_secret;
pub(crate) mod session;
pub(crate) mod sign_in_activity;
pub(crate) mod standing;
pub(crate) mod tenant;
pub(crate) mod user;
pub(crate) mod verdict;
pub(crate) mod verdict_change;
