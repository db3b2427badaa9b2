//! What is wrong with a channel file or a schedule, with where and how to mend it. Broken input is data.

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the plan is used.
    Warning,
    /// The plan is refused.
    Error,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it refuses.
    pub severity: Severity,
    /// Stable, for scripts: `unknown_key`, `empty_pool`, `overlap`.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// Line in the file, from 1; 0 where it is about the file as a whole.
    pub line: u32,
    /// Column, from 1; 0 where it is about the file as a whole.
    pub column: u32,
}

/// A place in a channel file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// From 1; 0 is the file as a whole.
    pub line: u32,
    /// From 1, in characters; 0 is the file as a whole.
    pub column: u32,
}

impl Problem {
    /// A problem that refuses the plan.
    pub fn error(code: &'static str, place: Position, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, place, message.into())
    }

    /// A problem worth knowing.
    pub fn warning(code: &'static str, place: Position, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place, message.into())
    }

    /// The same problem with how to mend it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    fn new(severity: Severity, code: &'static str, place: Position, message: String) -> Self {
        Self { severity, code, message, hint: String::new(), line: place.line, column: place.column }
    }
}
