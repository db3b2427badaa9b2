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
