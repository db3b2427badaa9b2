//! Where the pictures of a file end, which is seldom where its container says.

use std::path::Path;

use gstreamer::ClockTime;

use super::reading::{Deadline, Depth, Pictures, Reading};

/// Files of this many bytes are read through: a seek costs as much.
const READ_THROUGH_BYTES: u64 = 4 << 20;

/// How far before the container's end to look for the last picture. The second one is for files whose sound goes on
/// after the pictures, and for coarse indices; after it the file is read through.
const TAILS: [ClockTime; 2] = [ClockTime::from_seconds(8), ClockTime::from_seconds(120)];

/// The end of the last picture on the line of [`Pictures`], or `None` where none was reached before `deadline`.
pub(super) fn end_of_pictures(path: &Path, size: u64, deadline: &Deadline) -> Option<i64> {
    let from_tail = || TAILS.iter().find_map(|tail| exactly(path, Some(*tail), deadline));
    let sought = if size > READ_THROUGH_BYTES { from_tail() } else { None };
    sought.or_else(|| exactly(path, None, deadline))
}

/// Coded pictures tell their end, unless the container has left some without a stamp.
fn exactly(path: &Path, tail: Option<ClockTime>, deadline: &Deadline) -> Option<i64> {
    let parsed = pass(path, Depth::Parsed, tail, deadline)?;
    let seen = if parsed.unstamped > 0 { pass(path, Depth::Decoded, tail, deadline)? } else { parsed };
    seen.end_ns
}

/// Reads the last `tail` of a file, or all of it, and answers `None` where there were no pictures.
fn pass(path: &Path, depth: Depth, tail: Option<ClockTime>, deadline: &Deadline) -> Option<Pictures> {
    let reading = Reading::open(path, depth).ok()?;
    reading.first_picture(deadline).ok()?;
    if let Some(tail) = tail {
        let from = reading.container_duration()?.saturating_sub(tail);
        if !reading.seek(from) {
            return None;
        }
    }
    reading.to_end(deadline).ok().filter(|pictures| pictures.count > 0)
}

#[cfg(test)]
pub(super) fn ends_by_both_ways(path: &Path, deadline: &Deadline) -> (Option<i64>, Option<i64>) {
    (exactly(path, Some(TAILS[0]), deadline), exactly(path, None, deadline))
}
