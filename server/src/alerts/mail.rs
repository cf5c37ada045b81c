//! A message as a mail in plain text.

use std::fmt::Write;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use crate::store::alerts::Message;

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("mail.smtp_url: cannot be used; write it as smtps://user:password@host")]
    Url,
    #[error("mail.from: is no mail address")]
    From,
}

/// A way to send mail.
#[derive(Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mail {
    /// `url`: `smtps://…` (TLS from the beginning), `smtp://…?tls=required` (STARTTLS), or `smtp://` on this machine.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, MailError> {
        // What lettre says of an address may hold the password.
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(|_| MailError::Url)?;
        let from = from.parse().map_err(|_| MailError::From)?;
        Ok(Self { transport: transport.timeout(Some(std::time::Duration::from_secs(20))).build(), from })
    }

    pub(super) async fn send(&self, message: &Message, public_url: &str) -> Result<(), String> {
        let to: Mailbox =
            message.channel.target.parse().map_err(|_| String::from("The channel's address is no mail address."))?;
        let letter = Letter::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject(message))
            .message_id(Some(format!("<{}@tenantry>", message.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(text(message, public_url))
            .map_err(|error| error.to_string())?;
        match self.transport.send(letter).await {
            Ok(_taken) => Ok(()),
            Err(error) if error.is_permanent() => Err(String::from("The mail server refuses the mail.")),
            Err(error) if error.is_timeout() => Err(String::from("The mail server did not answer in time.")),
            Err(_) => Err(String::from("The mail server could not be used at present.")),
        }
    }
}

fn subject(message: &Message) -> String {
    let clients = match message.alerts.as_slice() {
        [one] => one.tenant_name.clone(),
        many => format!("{} alerts", many.len()),
    };
    format!("{} ({clients})", message.cause.trim_end_matches('.'))
}

fn text(message: &Message, public_url: &str) -> String {
    let mut text = format!("{}\n", message.cause);
    for alert in &message.alerts {
        let detail = if alert.detail.is_empty() { String::new() } else { format!(": {}", alert.detail) };
        // Writing to a string does not fail.
        let _ = write!(text, "\n{}{detail}\n{public_url}{}\n", alert.tenant_name, alert.path);
    }
    let _ = write!(text, "\nAll alerts: {public_url}/alerts\n");
    text
}
