//! The operator API's client, over Core's socket.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, StatusCode};
use retrovue_kit::settings;
use serde_json::Value;

use crate::failure::{Failure, Kind, Problem};
use crate::http;

/// Speaks to Core on `$RETROVUE_HOME/run/core.sock`.
pub struct Client {
    http: reqwest::Client,
    socket: std::path::PathBuf,
}

impl Client {
    /// A client for the Core that these settings describe. Connects with the first request.
    ///
    /// # Errors
    /// Settings that do not hold.
    pub fn from_settings(config: Option<&Path>) -> Result<Self, Failure> {
        let loaded = settings::load(config, settings::process_environment()).map_err(|problems| {
            Failure::new(Kind::Usage, "settings_invalid", settings::sentence(&problems))
                .hint("retrovue config check lists every problem")
        })?;
        let socket = loaded.settings.core_socket();
        let http = http::plain_client()
            .unix_socket(socket.clone())
            .build()
            .map_err(|error| Failure::new(Kind::Failed, "client_failed", error.to_string()))?;
        Ok(Self { http, socket })
    }

    /// `GET path`, whose query is part of it.
    ///
    /// # Errors
    /// What Core answered, or that it cannot be reached.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// What Core answered, or that it cannot be reached.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// What Core answered, or that it cannot be reached.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://core/api/v1{path}"))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let unreachable = |error: reqwest::Error| {
            let cause = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
            let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
            Failure::new(
                Kind::Unreachable,
                "core_unreachable",
                format!("Core cannot be reached on {}: {cause}", self.socket.display()),
            )
            .hint("start it with retrovue-core serve, or set RETROVUE_HOME to its home")
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&body).unwrap_or(Value::Null));
        }
        Err(read_problem(status, &body))
    }
}

fn read_problem(status: StatusCode, body: &[u8]) -> Failure {
    let kind = Kind::from_status(status);
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => {
            Failure { kind, code: problem.code, message: problem.detail, hint: problem.hint, details: problem.details }
        }
        Err(_) => Failure::new(kind, "unexpected_answer", format!("Core answered {status}")),
    }
}

/// The path of a change that may only be tried.
pub(super) fn change(path: &str, dry_run: bool) -> String {
    format!("{path}?dry_run={dry_run}")
}

/// A name as a part of a path or a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
