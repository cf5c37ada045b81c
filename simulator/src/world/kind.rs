//! The kinds of client: what each tenant is there to show. With more tenants than kinds, kinds repeat.

use serde::Serialize;

/// What a tenant is there to show; serialised as a slug, e.g. `ca_excluded_group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The MSP's own tenant.
    Partner,
    /// Security defaults on, nearly everybody registered.
    SecurityDefaults,
    /// Conditional Access without a hole; P2, role eligibility through PIM.
    CaComplete,
    /// MFA for all users but a group, whose members are nested.
    CaExcludedGroup,
    /// MFA *or* a compliant device.
    CaCompliantDevice,
    /// MFA only outside trusted locations.
    CaTrustedLocation,
    /// MFA for all apps but one.
    CaAppExcluded,
    /// Everything in report-only.
    CaReportOnly,
    /// Legacy per-user MFA, no Entra P1.
    PerUserMfa,
    /// Federated domain whose signing certificate is near its end.
    Federated,
    /// No Entra P1 and no security defaults.
    NoP1,
    /// Directory sync in good health.
    SyncHealthy,
    /// Last sync some hours ago.
    SyncLate,
    /// Last sync a week ago.
    SyncDead,
    /// Directory sync runs, with object errors.
    SyncObjectErrors,
    /// Objects sync, passwords have not for days.
    PasswordSyncLate,
    /// Printers that send through SMTP AUTH.
    SmtpPrinters,
    /// POP and IMAP clients, no Entra P1: visible in the usage report alone.
    PopClients,
    /// Old phones on Exchange ActiveSync.
    OldPhones,
    /// Break-glass and service accounts; a third party's MFA.
    BreakGlass,
    /// Many guests whose invitations are pending; security defaults without P1.
    GuestsPending,
    /// Consent was given and later withdrawn.
    ConsentWithdrawn,
    /// Served by a registration of its own whose secret is expired.
    SecretExpired,
    /// A GDAP relationship that ends within days.
    GdapEnding,
    /// Never consented; reachable through GDAP only.
    GdapOnly,
}

/// The kinds of clients in the order in which they are generated.
pub const CLIENTS: [Kind; 24] = [
    Kind::SecurityDefaults,
    Kind::CaComplete,
    Kind::CaExcludedGroup,
    Kind::SyncLate,
    Kind::SmtpPrinters,
    Kind::PerUserMfa,
    Kind::ConsentWithdrawn,
    Kind::GdapOnly,
    Kind::CaCompliantDevice,
    Kind::NoP1,
    Kind::Federated,
    Kind::CaTrustedLocation,
    Kind::SyncDead,
    Kind::PopClients,
    Kind::CaReportOnly,
    Kind::SyncHealthy,
    Kind::OldPhones,
    Kind::SecretExpired,
    Kind::CaAppExcluded,
    Kind::SyncObjectErrors,
    Kind::BreakGlass,
    Kind::GuestsPending,
    Kind::PasswordSyncLate,
    Kind::GdapEnding,
];

impl Kind {
    /// The kind of the client with this ordinal (from 1).
    pub fn of_client(ordinal: usize) -> Kind {
        CLIENTS[(ordinal - 1) % CLIENTS.len()]
    }

    /// Whether the tenant's directory is fed from on-premises.
    pub fn is_synced(self) -> bool {
        matches!(
            self,
            Kind::SyncHealthy
                | Kind::SyncLate
                | Kind::SyncDead
                | Kind::SyncObjectErrors
                | Kind::PasswordSyncLate
                | Kind::Federated
                | Kind::CaTrustedLocation
                | Kind::GdapOnly
        )
    }

    /// Whether the app's service principal exists in the tenant from the start.
    pub fn is_consented(self) -> bool {
        !matches!(self, Kind::ConsentWithdrawn | Kind::SecretExpired | Kind::GdapOnly)
    }

    /// Whether the tenant pays for Entra ID P1 (alone or inside a suite).
    pub fn has_p1(self) -> bool {
        !matches!(self, Kind::PerUserMfa | Kind::NoP1 | Kind::PopClients | Kind::GuestsPending)
    }

    /// Whether the tenant pays for Entra ID P2.
    pub fn has_p2(self) -> bool {
        matches!(self, Kind::CaComplete | Kind::Partner)
    }

    pub fn has_security_defaults(self) -> bool {
        matches!(self, Kind::SecurityDefaults | Kind::GuestsPending | Kind::SyncHealthy | Kind::GdapOnly)
    }
}
