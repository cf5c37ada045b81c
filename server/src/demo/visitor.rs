//! A browser without a screen: cookies, redirects, and pressing a button of a form. The demo and the tests go through the
//! real pages with it.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use reqwest::header::{ACCEPT, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

const MOST_REDIRECTS: usize = 20;
const PAGE: &str = "text/html";

/// One person's browser. `client` must not follow redirects.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client,
    /// By origin, then by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    page: Option<Page>,
}

/// What the browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Visitor {
    pub fn new(client: Client) -> Self {
        Self { client, cookies: BTreeMap::new(), page: None }
    }

    /// Opens an address, through all redirects.
    pub async fn get(&mut self, url: &str) -> anyhow::Result<Page> {
        let url = Url::parse(url).with_context(|| format!("{url} is no address"))?;
        let page = self.send(self.client.get(url.clone()), PAGE, &url).await?;
        self.follow(page).await
    }

    /// Opens an address and stays there, even when it redirects.
    pub async fn get_once(&mut self, url: &str) -> anyhow::Result<Page> {
        let url = Url::parse(url).with_context(|| format!("{url} is no address"))?;
        self.send(self.client.get(url.clone()), PAGE, &url).await
    }

    /// Sends a form as a page of the same site would.
    pub async fn post(&mut self, url: &str, form: &[(String, String)]) -> anyhow::Result<Page> {
        let url = Url::parse(url).with_context(|| format!("{url} is no address"))?;
        let request = self.client.post(url.clone()).header(ORIGIN, url.origin().ascii_serialization()).form(form);
        let page = self.send(request, PAGE, &url).await?;
        self.follow(page).await
    }

    /// Sends a form as a page's script would, and answers what the script would get.
    pub async fn call(&mut self, url: &str, form: &[(String, String)]) -> anyhow::Result<Page> {
        let url = Url::parse(url).with_context(|| format!("{url} is no address"))?;
        let request = self.client.post(url.clone()).header(ORIGIN, url.origin().ascii_serialization());
        self.send(request.form(form), "application/json", &url).await
    }

    /// Presses the button with this name and value on the page that is shown.
    pub async fn press(&mut self, name: &str, value: &str) -> anyhow::Result<Page> {
        let page = self.page.clone().context("no page is shown")?;
        let (action, form) = form_with_button(&page, name, value)
            .with_context(|| format!("{} has no button {name}={value}", page.url.path()))?;
        self.post(action.as_str(), &form).await
    }

    /// Picks a person on the pretended sign-in page, and accepts what is asked of them.
    pub async fn choose(&mut self, person: &str) -> anyhow::Result<Page> {
        let mut page = self.press("person", person).await?;
        if form_with_button(&page, "decision", "accept").is_some() {
            page = self.press("decision", "accept").await?;
        }
        Ok(page)
    }

    /// Goes through our sign-in at `base` as this person. Answers the page where that ends.
    pub async fn sign_in(&mut self, base: &str, person: &str) -> anyhow::Result<Page> {
        self.get(&format!("{base}/sign-in?choose=true")).await?;
        self.choose(person).await
    }

    /// A cookie of an origin.
    pub fn cookie(&self, origin: &str, name: &str) -> Option<&str> {
        self.cookies.get(origin)?.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, origin: &str, name: &str, value: &str) {
        self.cookies.entry(origin.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    async fn follow(&mut self, mut page: Page) -> anyhow::Result<Page> {
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = page.headers.get(LOCATION).filter(|_| page.status.is_redirection()) else {
                self.page = Some(page.clone());
                return Ok(page);
            };
            let url = page.url.join(location.to_str()?)?;
            page = self.send(self.client.get(url.clone()), PAGE, &url).await?;
        }
        bail!("{} redirects for ever", page.url.path())
    }

    async fn send(&mut self, request: RequestBuilder, accept: &'static str, url: &Url) -> anyhow::Result<Page> {
        let origin = url.origin().ascii_serialization();
        let cookies = self.cookies.get(&origin).map(|cookies| {
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        });
        let mut request = request.header(ACCEPT, accept);
        if let Some(cookies) = cookies {
            request = request.header(reqwest::header::COOKIE, cookies);
        }
        let response = request.send().await.with_context(|| format!("{origin} does not answer"))?;
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str()?.split_once(';').unwrap_or((cookie.to_str()?, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let jar = self.cookies.entry(origin.clone()).or_default();
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Page { url: url.clone(), status, headers, body: response.text().await? })
    }
}

/// The form that holds the button: where it goes, and its hidden fields with the button's own.
fn form_with_button(page: &Page, name: &str, value: &str) -> Option<(Url, Vec<(String, String)>)> {
    page.body.split("<form ").skip(1).find_map(|form| {
        let form = form.split("</form>").next()?;
        let tags = || form.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default());
        let is_wanted = |tag: &&str| {
            tag.starts_with("button")
                && attribute(tag, "name").as_deref() == Some(name)
                && attribute(tag, "value").as_deref() == Some(value)
        };
        tags().find(is_wanted)?;
        let action = attribute(form.split('>').next()?, "action")?;
        let mut fields: Vec<(String, String)> = tags()
            .filter(|tag| tag.starts_with("input") && attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect();
        fields.push((name.to_owned(), value.to_owned()));
        Some((page.url.join(&action).ok()?, fields))
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!("{name}=\"")).nth(1)?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}
