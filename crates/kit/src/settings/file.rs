//! The settings file: TOML, read with the place of everything in it.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key};
use super::{Given, SettingsProblem, nearest};

/// Reads `path` into `given`, which runs parallel to [`KEYS`].
pub(super) fn read(path: &Path, given: &mut [Option<Given>], problems: &mut Vec<SettingsProblem>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the settings file {} cannot be read: {error}", path.display());
            problems.push(SettingsProblem::new(message, "name another one with --config".to_owned()));
            return;
        }
    };
    let mut reader = Reader { path, text: &text, problems };
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.problem(at, error.message().to_owned(), String::new());
    }
    for (section, value) in table.get_ref() {
        let name = section.get_ref().as_ref();
        match value.get_ref() {
            DeValue::Table(entries) => {
                for (key, value) in entries {
                    reader.take(&format!("{name}.{}", key.get_ref()), key.span().start, value, given);
                }
            }
            _ => reader.take(name, section.span().start, value, given),
        }
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    problems: &'a mut Vec<SettingsProblem>,
}

impl Reader<'_> {
    fn take(&mut self, name: &str, at: usize, value: &Spanned<DeValue<'_>>, given: &mut [Option<Given>]) {
        let Some(index) = KEYS.iter().position(|key| key.name == name) else {
            let hint = nearest(name, KEYS.iter().map(|key: &Key| key.name));
            self.problem(at, format!("{name} is no setting"), hint);
            return;
        };
        match plain(value.get_ref()) {
            Some(value_text) => {
                let (line, column) = self.place(value.span().start);
                given[index] = Some(Given {
                    value: value_text,
                    origin: format!("file {}", self.path.display()),
                    place: Some((self.path.to_owned(), line, column)),
                });
            }
            None => {
                let found = value.get_ref().type_str();
                self.problem(at, format!("{name} cannot be a {found}"), format!("{name}: {}", KEYS[index].about));
            }
        }
    }

    fn problem(&mut self, at: usize, message: String, hint: String) {
        let (line, column) = self.place(at);
        self.problems.push(SettingsProblem { message, hint, file: Some(self.path.to_owned()), line, column });
    }

    /// Line and column of a byte, from 1.
    fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// A value as the environment would say it; a list is separated by commas.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| plain(item.get_ref())).collect::<Option<Vec<_>>>()?;
            Some(items.join(", "))
        }
        DeValue::Datetime(instant) => Some(instant.to_string()),
        DeValue::Float(_) | DeValue::Table(_) => None,
    }
}
