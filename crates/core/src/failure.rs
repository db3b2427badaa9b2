//! What a use case answers where it cannot do what was asked: one code, from which follow the HTTP status and the
//! exit code.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of failure that scripts tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The operation failed: exit code 1, status 500.
    Failed,
    /// Wrong usage: exit code 2, status 400.
    Usage,
    /// No such thing: exit code 3, status 404.
    NotFound,
    /// Refused by a rule: exit code 4, status 409.
    Refused,
    /// A daemon could not be reached: exit code 5, status 503.
    Unreachable,
}

impl Kind {
    /// The CLI's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::NotFound => 3,
            Kind::Refused => 4,
            Kind::Unreachable => 5,
        }
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Kind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Usage => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Refused => StatusCode::CONFLICT,
            Kind::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The kind that a status stands for.
    pub fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Kind::NotFound,
            409 | 422 => Kind::Refused,
            503 => Kind::Unreachable,
            400..=499 => Kind::Usage,
            _ => Kind::Failed,
        }
    }
}

/// A failure in words: what happened, and how to mend it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What the exit code and the HTTP status follow from.
    pub kind: Kind,
    /// Stable, for scripts: `asset_not_found`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// More for machines: problems with line and column, names of what collides. `Null` where there is none.
    pub details: Value,
}

impl Failure {
    /// A failure of `kind`.
    pub fn new(kind: Kind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into(), hint: String::new(), details: Value::Null }
    }

    /// Something that does not exist.
    pub fn not_found(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, code, message)
    }

    /// Something that a rule refuses.
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, code, message)
    }

    /// With how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With more for machines.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

impl From<retrovue_store::StoreError> for Failure {
    fn from(error: retrovue_store::StoreError) -> Self {
        use retrovue_store::StoreError;
        match error {
            StoreError::Duplicate(_) => Self::refused("duplicate", error.to_string()),
            StoreError::NotFound(_) => Self::not_found("not_found", error.to_string()),
            StoreError::Refused(_) => Self::refused("refused", error.to_string()),
            _ => Self::new(Kind::Failed, "store_failed", error.to_string()).hint(
                "see that the disk has room where RetroVue keeps its state; retrovue db check tells whether that is sound",
            ),
        }
    }
}

/// The body of an RFC 9457 problem document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`: the code tells what it is.
    pub r#type: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The sentence.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// How to mend it.
    #[serde(default)]
    pub hint: String,
    /// More for machines.
    #[serde(default)]
    pub details: Value,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        self.under(status)
    }
}

impl Failure {
    /// The problem document under a status that its kind does not stand for.
    pub fn under(self, status: StatusCode) -> Response {
        let problem = Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: self.message,
            code: self.code,
            hint: self.hint,
            details: self.details,
        };
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(problem)).into_response()
    }
}
