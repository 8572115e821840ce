//! How the provider is asked: over the client that the store of files has too, without following redirects.

use std::{pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect::Policy};

use crate::web::outgoing::encrypt_with_ring;

/// How long a provider may take for an answer. A person waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer: keys and claims are some kilobytes.
const MOST_BYTES: usize = 1024 * 1024;

/// Why the provider could not be asked. Addresses are left out.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the provider was not reached")]
    Request(#[source] reqwest::Error),
    #[error("the provider's answer is too long")]
    TooLong,
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        HttpError::Request(error.without_url())
    }
}

/// The client that asks the provider.
#[derive(Debug)]
pub(super) struct Http(Client);

impl Http {
    /// For a provider at this address: over https it is never asked without.
    pub fn new(issuer: &str) -> Result<Self, HttpError> {
        encrypt_with_ring();
        let https = issuer.starts_with("https://");
        // a redirect could have the server ask others in its name
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).https_only(https).build()?;
        Ok(Http(client))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
