//! What the CLI prints: a table for people, or one JSON document for scripts.

use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Value, json};

use crate::failure::{Failure, Kind};

/// What a verb answers: the data, and how people see it.
pub struct Answer {
    /// `data` of the JSON document.
    pub data: Value,
    /// For people.
    pub text: String,
    /// That nothing was changed, only looked at.
    pub dry_run: bool,
}

impl Answer {
    /// `data`, shown to people as `text`.
    pub fn new(data: Value, text: impl Into<String>) -> Self {
        Self { data, text: text.into(), dry_run: false }
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
                let code = exit_code(&answer.data);
                document["data"] = answer.data;
                println!("{document}");
                code
            }
            Ok(answer) => {
                println!("{}", answer.text.trim_end());
                exit_code(&answer.data)
            }
            Err(failure) => {
                if self.json {
                    print_error(&failure);
                } else {
                    eprintln!("error: {}", failure.message);
                    if let Some(problems) = failure.details.get("problems").and_then(Value::as_array) {
                        for problem in problems {
                            eprintln!("  {}", problem_line(problem));
                        }
                    }
                    if !failure.hint.is_empty() {
                        eprintln!("hint: {}", failure.hint);
                    }
                }
                ExitCode::from(failure.kind.exit_code())
            }
        }
    }
}

/// Success, but for reports with findings of which any is an error.
fn exit_code(data: &Value) -> ExitCode {
    let findings = data.get("findings").and_then(Value::as_array);
    match findings.is_some_and(|findings| findings.iter().any(|finding| finding["severity"] == "error")) {
        true => ExitCode::from(Kind::Refused.exit_code()),
        false => ExitCode::SUCCESS,
    }
}

/// `file:line:column: severity: message (hint)`.
pub fn problem_line(problem: &Value) -> String {
    let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| problem.get(key).and_then(Value::as_u64).unwrap_or_default();
    let mut line =
        format!("{}:{}:{}: {}: {}", text("file"), number("line"), number("column"), text("severity"), text("message"));
    if !text("hint").is_empty() {
        line.push_str(&format!(" ({})", text("hint")));
    }
    line
}

/// Wrong usage: clap's sentence for people, the same in JSON for scripts. `--help` and `--version` come here, too.
pub fn usage(error: &clap::Error, wants_json: bool) -> ExitCode {
    if !error.use_stderr() {
        print!("{error}");
        return ExitCode::SUCCESS;
    }
    if wants_json {
        print_error(&Failure::new(Kind::Usage, "usage", error.to_string().trim().to_owned()).hint("retrovue --help"));
    } else {
        eprint!("{error}");
    }
    ExitCode::from(Kind::Usage.exit_code())
}

fn print_error(failure: &Failure) {
    let error = json!({
        "code": failure.code,
        "message": failure.message,
        "hint": failure.hint,
        "details": failure.details,
    });
    println!("{}", json!({"status": "error", "error": error}));
}

/// A plain table with one header line.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    table.add_rows(rows);
    table.to_string()
}
