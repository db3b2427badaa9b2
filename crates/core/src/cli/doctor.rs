//! `retrovue doctor`: what is wrong with an installation, and how to mend it. Each check is a file of its own; with Core
//! stopped, those that need it say nothing.

mod air;
mod assets;
mod clock;
mod core;
mod home;

use std::path::Path;

use retrovue_kit::{Settings, settings};
use serde_json::{Value, json};

use super::client::Client;
use super::network;
use super::output::Answer;
use crate::failure::Failure;

/// What checks look at.
struct Patient {
    settings: Settings,
    client: Client,
    /// What Core says of itself, of Air and of the channels, where it can be reached.
    status: Result<Value, Failure>,
}

/// Something that is wrong.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    severity: &'static str,
    code: &'static str,
    message: String,
    hint: String,
    file: Option<String>,
}

impl Finding {
    /// What keeps the installation from its work.
    fn error(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: "error", code, message: message.into(), hint: hint.into(), file: None }
    }

    /// What should be seen to.
    fn warning(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: "warning", ..Self::error(code, message, hint) }
    }

    /// It is about this file or folder.
    fn in_file(self, file: &Path) -> Self {
        Self { file: Some(file.display().to_string()), ..self }
    }

    fn into_json(self) -> Value {
        let Self { severity, code, message, hint, file } = self;
        json!({
            "severity": severity, "code": code, "message": message, "hint": hint, "file": file, "line": 0, "column": 0,
        })
    }
}

/// Looks at everything.
///
/// # Errors
/// Where no client can be made; what is wrong with the installation is no error.
pub async fn doctor(config: Option<&Path>) -> Result<Answer, Failure> {
    let settings = match settings::load(config, settings::process_environment()) {
        Ok(loaded) => loaded.settings,
        // nothing else can be told without them
        Err(problems) => return Ok(Answer::findings(problems.into_iter().map(network::finding).collect(), "")),
    };
    let client = Client::from_settings(config)?;
    let status = client.get("/status").await;
    let patient = Patient { settings, client, status };
    let mut findings = home::check(&patient.settings);
    findings.extend(core::check(&patient));
    findings.extend(air::check(&patient));
    findings.extend(clock::check(&patient).await);
    findings.extend(assets::check(&patient).await);
    let findings = findings.into_iter().map(Finding::into_json).collect();
    Ok(Answer::findings(findings, "Nothing is wrong with this installation."))
}
