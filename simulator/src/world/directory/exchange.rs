//! What Exchange's own settings say of the organisation; those of mailboxes are with their users.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub smtp_auth_disabled: bool,
    pub modern_authentication: bool,
    /// The app holds a role in the directory with which Exchange shows its settings.
    pub shows_settings: bool,
    pub pop_and_imap: bool,
}

impl Default for Exchange {
    fn default() -> Self {
        Self { smtp_auth_disabled: false, modern_authentication: true, shows_settings: true, pop_and_imap: true }
    }
}
