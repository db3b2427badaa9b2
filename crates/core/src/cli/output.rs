//! What the CLI prints: a table for people, or one JSON document for scripts.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::table::visible;
use crate::failure::{Failure, Kind};

/// What a verb answers: the data, and how people see it.
pub struct Answer {
    /// `data` of the JSON document.
    pub data: Value,
    /// For people.
    pub text: String,
    /// That nothing was changed, only looked at.
    pub dry_run: bool,
    /// That a finding is an error: exit code 4, though the command did what it was asked.
    pub has_errors: bool,
    /// That people get the text to the byte: it is a file.
    pub verbatim: bool,
}

impl Answer {
    /// `data`, shown to people as `text`.
    pub fn new(data: Value, text: impl Into<String>) -> Self {
        Self { data, text: text.into(), dry_run: false, has_errors: false, verbatim: false }
    }

    /// A file, shown to people to the byte.
    pub fn file(data: Value, text: impl Into<String>) -> Self {
        Self { verbatim: true, ..Self::new(data, text) }
    }

    /// The same answer of a change that was, or was not, only tried.
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// What a check found: objects with severity, code, message, hint, file, line and column. `none` is the sentence
    /// for people where there is nothing.
    pub fn findings(findings: Vec<Value>, none: &str) -> Self {
        let has_errors = findings.iter().any(|finding| finding["severity"] == "error");
        let text = match findings.is_empty() {
            true => none.to_owned(),
            false => findings.iter().map(problem_line).collect::<Vec<_>>().join("\n"),
        };
        Self { data: json!({ "findings": findings }), text, dry_run: false, has_errors, verbatim: false }
    }

    fn exit_code(&self) -> ExitCode {
        if self.has_errors { ExitCode::from(Kind::Refused.exit_code()) } else { ExitCode::SUCCESS }
    }
}

/// Where answers go.
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON or text.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether stdout carries one JSON document; then everything for people goes to stderr.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints the answer and tells the exit code.
    pub fn finish(&self, answer: Result<Answer, Failure>) -> ExitCode {
        match answer {
            Ok(answer) if self.json => {
                let mut document = json!({"status": "ok"});
                if answer.dry_run {
                    document["dry_run"] = Value::Bool(true);
                }
                let exit_code = answer.exit_code();
                document["data"] = answer.data;
                print(&format!("{document}\n"), exit_code)
            }
            Ok(answer) => match answer.verbatim {
                true if !std::io::stdout().is_terminal() => print(&answer.text, answer.exit_code()),
                _ => print(&format!("{}\n", visible(answer.text.trim_end())), answer.exit_code()),
            },
            Err(failure) => {
                let exit_code = ExitCode::from(failure.kind.exit_code());
                if self.json {
                    print_error(&failure, exit_code)
                } else {
                    eprintln!("error: {}", visible(&failure.message));
                    if let Some(problems) = failure.details.get("problems").and_then(Value::as_array) {
                        for problem in problems {
                            eprintln!("  {}", visible(&problem_line(problem)));
                        }
                    }
                    if !failure.hint.is_empty() {
                        eprintln!("hint: {}", visible(&failure.hint));
                    }
                    exit_code
                }
            }
        }
    }
}

/// `file:line:column: severity: message (hint)`, without a place where there is none.
pub fn problem_line(problem: &Value) -> String {
    let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| problem.get(key).and_then(Value::as_u64).unwrap_or_default();
    let mut line = format!("{}: {}", text("severity"), text("message"));
    if !text("file").is_empty() {
        line.insert_str(0, &format!("{}:{}:{}: ", text("file"), number("line"), number("column")));
    }
    if !text("hint").is_empty() {
        line.push_str(&format!(" ({})", text("hint")));
    }
    line
}

/// Wrong usage: clap's sentence for people, the same in JSON for scripts. `--help` and `--version` come here, too.
pub fn usage(error: &clap::Error, wants_json: bool) -> ExitCode {
    if !error.use_stderr() {
        return print(&error.to_string(), ExitCode::SUCCESS);
    }
    let exit_code = ExitCode::from(Kind::Usage.exit_code());
    if wants_json {
        let failure = Failure::new(Kind::Usage, "usage", error.to_string().trim().to_owned()).hint("retrovue --help");
        return print_error(&failure, exit_code);
    }
    eprint!("{error}");
    exit_code
}

/// Writes `text` to stdout. A reader that has seen enough, as `head` has, changes nothing; a full disk is told.
fn print(text: &str, exit_code: ExitCode) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: standard output cannot be written: {error}");
            ExitCode::FAILURE
        }
        _ => exit_code,
    }
}

fn print_error(failure: &Failure, exit_code: ExitCode) -> ExitCode {
    let error = json!({
        "code": failure.code,
        "message": failure.message,
        "hint": failure.hint,
        "details": failure.details,
    });
    print(&format!("{}\n", json!({"status": "error", "error": error})), exit_code)
}

/// Asks before something is destroyed: on a terminal, and only there.
///
/// # Errors
/// `confirmation_needed` where there is nobody to ask, `not_confirmed` where the answer is no.
pub(super) fn confirm(question: &str, yes: bool, output: &Output) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if output.is_json() || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::new(
            Kind::Usage,
            "confirmation_needed",
            "this cannot be undone and nobody can be asked here",
        )
        .hint("repeat it with --yes"));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let asked = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    if asked.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::refused("not_confirmed", "nothing was changed"))
}

/// The list under `key`; empty where there is none.
pub(super) fn list<'a>(data: &'a Value, key: &str) -> &'a [Value] {
    data.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text under `key`; empty where there is none.
pub(super) fn text(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
